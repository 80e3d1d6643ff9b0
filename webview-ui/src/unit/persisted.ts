import type { PersistedUnit } from '../../../src/protocol/unitViewContract.ts';

export const NOTHING_KEPT: PersistedUnit = {
  version: 1,
  model: null,
  unit: '',
  tab: null,
  test: '',
  words: '',
  explanation: null,
  guess: false,
};

/** What a page kept over a reload; null when it is not in the form of this version. The host checks the names. */
export function readPersistedUnit(value: unknown): PersistedUnit | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  if (fields['version'] !== 1 || typeof fields['unit'] !== 'string') return null;
  const text = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
  const textOrNull = (key: string): string | null => (typeof fields[key] === 'string' ? fields[key] : null);
  return {
    version: 1,
    model: textOrNull('model'),
    unit: fields['unit'],
    tab: textOrNull('tab'),
    test: text('test'),
    words: text('words'),
    explanation: textOrNull('explanation'),
    guess: fields['guess'] === true,
  };
}
