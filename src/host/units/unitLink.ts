import { formatUnit, parseUnit } from '../../core/model/units.ts';
import { UNIT_TABS, type UnitTab } from '../../protocol/unitViewContract.ts';

/** What a link names: a unit, its model by name, and a tab of its page. */
export interface UnitLink {
  readonly unit: string;
  /** Null = the default model. */
  readonly model: string | null;
  readonly tab: UnitTab | null;
}

/** Longer than any unit's or model's name. */
const MOST_LETTERS = 300;
/** `gpt2-xl`, `openai-community/gpt2`: never a path, an address or a drive. */
const MODEL_NAME = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)?$/u;
/** What VS Code adds for itself to links that it hands on. */
const OF_THE_EDITOR: ReadonlySet<string> = new Set(['windowId']);

/** Path and query of a link: `/unit/3-res/412`, `model=underglass-tiny&tab=weights`. */
export function printUnitLink({ unit, model, tab }: UnitLink): {
  readonly path: string;
  readonly query: string;
} {
  const query = new URLSearchParams({
    ...(model === null ? {} : { model }),
    ...(tab === null ? {} : { tab }),
  });
  return { path: `/unit/${unit}`, query: query.toString() };
}

/**
 * Reads a link, which may come from anywhere: null for all that is not exactly one of ours. `path` and `query` are
 * decoded once, as VS Code gives them.
 */
export function parseUnitLink({
  path,
  query,
}: {
  readonly path: string;
  readonly query: string;
}): UnitLink | null {
  if (path.length + query.length > MOST_LETTERS || !path.startsWith('/unit/')) return null;
  const unit = readUnit(path.slice('/unit/'.length));
  if (unit === null) return null;
  let model: string | null = null;
  let tab: UnitTab | null = null;
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'model' && model === null && MODEL_NAME.test(value)) model = value;
    else if (key === 'tab' && tab === null && isTab(value)) tab = value;
    else if (!OF_THE_EDITOR.has(key)) return null;
  }
  return { unit, model, tab };
}

/** Only ids as `formatUnit` writes them. */
function readUnit(text: string): string | null {
  try {
    return formatUnit(parseUnit(text)) === text ? text : null;
  } catch {
    return null;
  }
}

function isTab(text: string): text is UnitTab {
  return UNIT_TABS.some((tab) => tab === text);
}
