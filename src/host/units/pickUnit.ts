import * as vscode from 'vscode';
import { allFamilies, familyId, findUnit } from '../../core/records/family.ts';
import { formatUnit } from '../../core/model/units.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { UnitRow } from '../../core/records/readings.ts';
import { scoreOfWords } from '../../core/trace/words.ts';
import type { Engine } from '../session/session.ts';

interface UnitItem extends vscode.QuickPickItem {
  /** Null = a row that only tells something. */
  readonly unit: string | null;
}

/** Units offered of each family. */
const PER_FAMILY = 4;
const PAUSE_MS = 120;

/** Asks for a unit: an id in any form, or words of its explanation. Undefined: nothing was chosen. */
export function pickUnit(engine: Engine, model: ModelInfo, title: string): Promise<string | undefined> {
  const pick = vscode.window.createQuickPick<UnitItem>();
  pick.title = title;
  pick.placeholder = `Of ${model.name}: an id (L2N17, L3H0, 3-res/412, a Neuronpedia id), or words of an explanation`;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  let asked = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  /** What the rows were found for. */
  let answered: string | null = null;
  const show = (found: readonly UnitItem[], value: string): void => {
    pick.items = found.length === 0 && value.trim() !== '' ? [noUnit(model, value.trim())] : found;
    answered = value;
  };
  const search = async (value: string): Promise<void> => {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    pick.busy = true;
    try {
      const found = await searchUnits(engine, model, value, signal);
      if (!signal.aborted) show(found, value);
    } catch {
      // Without an index or explanations there is nothing to offer but the id that is typed.
      if (!signal.aborted) show(typedUnit(model, value), value);
    } finally {
      if (!signal.aborted) pick.busy = false;
    }
  };
  return new Promise((resolve) => {
    pick.onDidChangeValue((value) => {
      clearTimeout(timer);
      timer = setTimeout(() => void search(value), PAUSE_MS);
    });
    pick.onDidAccept(() => {
      // Who types fast accepts before the rows of what was typed are there: the others are none of theirs.
      const selected = answered === pick.value ? pick.selectedItems[0] : undefined;
      const isShown = selected !== undefined && pick.items.includes(selected);
      const chosen = isShown ? selected : typedUnit(model, pick.value)[0];
      if (!chosen || chosen.unit === null) return;
      resolve(chosen.unit);
      pick.hide();
    });
    pick.onDidHide(() => {
      clearTimeout(timer);
      asked.abort();
      pick.dispose();
      resolve(undefined);
    });
    pick.show();
    void search('');
  });
}

async function searchUnits(
  engine: Engine,
  model: ModelInfo,
  value: string,
  signal: AbortSignal,
): Promise<UnitItem[]> {
  const typed = typedUnit(model, value);
  const query = { text: value.trim(), sort: 'score', falling: true, category: 'all', from: 0 } as const;
  const lists = await Promise.all(
    allFamilies(model).map((family) =>
      engine
        .request(
          'unit/list',
          { ...query, modelId: model.modelId, family: familyId(family), count: PER_FAMILY },
          { signal },
        )
        .then(({ rows }) => rows.filter(({ words }) => words !== null)),
    ),
  );
  const rows = lists
    .flat()
    .filter(({ id }) => id !== typed[0]?.unit)
    .toSorted((a, b) => worth(b) - worth(a));
  return [...typed, ...rows.map(unitItem)];
}

/** Scores are correlations, -1 to 1: those of patterns stand behind those of words. */
function worth({ score, isPattern }: UnitRow): number {
  return score === null ? -4 : score - (isPattern === true ? 2 : 0);
}

function unitItem(row: UnitRow): UnitItem {
  const { wordsBy, stale, isPattern, scoreKind } = row;
  const score = scoreOfWords({
    by: wordsBy ?? '',
    score: row.score,
    stale,
    ...(isPattern ? { isPattern } : {}),
    ...(scoreKind === undefined ? {} : { scoreKind }),
  });
  // What was searched for may stand in a token: VS Code must not filter the row out again.
  return { unit: row.id, label: row.id, description: score, detail: row.words ?? '', alwaysShow: true };
}

/** An empty list would not say whether it is the id or the model. */
function noUnit(model: ModelInfo, text: string): UnitItem {
  const saes = model.saes.map(({ id }) => id).join(', ');
  return {
    unit: null,
    label: `$(info) ${model.name} has no unit "${text}", and no words like these`,
    detail: saes === '' ? 'It has no SAE attached.' : `Its SAEs: ${saes}`,
    alwaysShow: true,
  };
}

function typedUnit(model: ModelInfo, value: string): UnitItem[] {
  try {
    const unit = formatUnit(findUnit(value.trim(), model));
    return [{ unit, label: unit, description: 'open this unit', alwaysShow: true }];
  } catch {
    return [];
  }
}
