import { lineToken } from './tokenText.ts';

/** Tokens with their levels 0..10; null = hidden from the reader. */
export interface LevelRecord {
  readonly tokens: readonly string[];
  readonly levels: readonly (number | null)[];
}

/** What stands in place of a value that is hidden. */
export const HIDDEN_VALUE = 'unknown';
/** The active tokens are repeated alone when fewer than this share of all values is above zero. */
const SPARSE_BELOW = 0.2;

/** `<start>`, one `token TAB level` per line, `<end>`. */
export function recordText({ tokens, levels }: LevelRecord): string {
  const lines = tokens.map((token, at) => `${lineToken(token)}\t${levels[at] ?? HIDDEN_VALUE}`);
  return ['<start>', ...lines, '<end>'].join('\n');
}

export function recordsText(records: readonly LevelRecord[]): string {
  return records.map(recordText).join('\n');
}

/**
 * The records as an explainer reads them: all tokens, and, when under 20 % of the values are above zero, the active
 * tokens once more alone. Source: automated-interpretability, TokenActivationPairExplainer.
 */
export function explainedText(records: readonly LevelRecord[]): string {
  const text = `Activations:\n${recordsText(records)}`;
  if (!isSparse(records)) return text;
  return `${text}\n\nSame activations, but with all zeros filtered out:\n${recordsText(records.map(activeOnly))}`;
}

function isSparse(records: readonly LevelRecord[]): boolean {
  const levels = records.flatMap((record) => record.levels);
  const active = levels.filter((level) => level !== null && level > 0).length;
  return active > 0 && active < SPARSE_BELOW * levels.length;
}

function activeOnly({ tokens, levels }: LevelRecord): LevelRecord {
  const kept = levels.flatMap((level, at) => (level !== null && level > 0 ? [at] : []));
  return { tokens: kept.map((at) => tokens[at] ?? ''), levels: kept.map((at) => levels[at] ?? null) };
}
