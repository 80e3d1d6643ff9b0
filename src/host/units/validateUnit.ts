import { InterpError } from '../../core/errors.ts';
import type { RecordSet } from '../../core/records/records.ts';
import type { Explainer, ScorerKind, SimulatorChoice } from '../../protocol/explainContract.ts';
import type { PersistedUnit, UnitCommand } from '../../protocol/unitViewContract.ts';
import { fieldsOf, index, invalid, text, type Fields } from '../panels/validate.ts';
import type { AskedOptions } from './explainChoices.ts';

/** Most examples, units or tokens that one request may ask for. */
const MAX_LIST = 1000;
const SETS: readonly RecordSet[] = ['top', 'random', 'quantile', 'imported'];
const SIMULATORS: readonly SimulatorChoice[] = [
  'auto',
  'words',
  'pattern',
  'concepts',
  'prompt-logprobs',
  'output-logprobs',
  'json',
];
const SCORERS: readonly ScorerKind[] = ['simulation', 'detection', 'fuzzing', 'ablation'];
const CALIBRATIONS = ['none', 'linear', 'percentile'] as const;
const COMMANDS: readonly UnitCommand[] = [
  'scan',
  'cancel',
  'openLog',
  'openSettings',
  'chooseLanguageModel',
  'setKey',
  'openReport',
];

/** One of a closed list. @throws request/invalid */
export function oneOf<T extends string>(known: readonly T[], value: unknown): T {
  const found = known.find((each) => each === value);
  if (found === undefined) throw invalid(`one of ${known.join(', ')}`, value);
  return found;
}

export function recordSet(value: unknown): RecordSet {
  return oneOf(SETS, value);
}

export function unitCommand(value: unknown): UnitCommand {
  return oneOf(COMMANDS, value);
}

export function textOrNull(fields: Fields, key: string): string | null {
  return fields[key] === null || fields[key] === undefined ? null : text(fields, key);
}

export function indexOrNull(fields: Fields, key: string): number | null {
  return fields[key] === null || fields[key] === undefined ? null : index(fields, key);
}

export function flag(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value !== 'boolean') throw invalid(`"${key}" to be true or false`, value);
  return value;
}

/** A length of a list, at least one and bounded. */
export function listLength(fields: Fields, key: string): number {
  const value = index(fields, key);
  if (value > MAX_LIST) throw invalid(`"${key}" to be at most ${MAX_LIST}`, value);
  return value;
}

/** How a page wants a unit explained. @throws request/invalid */
export function askedOptions(value: unknown): AskedOptions {
  const fields = fieldsOf(value);
  const scorers = fields['scorers'];
  if (!Array.isArray(scorers)) throw invalid('a list of scorers', scorers);
  return {
    explainer: explainer(fields['explainer']),
    simulator: oneOf(SIMULATORS, fields['simulator']),
    scorers: scorers.map((scorer) => oneOf(SCORERS, scorer)),
    calibration: oneOf(CALIBRATIONS, fields['calibration']),
    perSplit: listLength(fields, 'perSplit'),
    seed: index(fields, 'seed'),
    useLanguage: flag(fields, 'useLanguage'),
  };
}

function explainer(value: unknown): Explainer {
  const fields = fieldsOf(value);
  const kind = oneOf(['summary', 'n2g', 'concepts', 'language', 'human', 'record'], fields['kind']);
  switch (kind) {
    case 'language':
      return { kind, samples: listLength(fields, 'samples') };
    case 'human':
      return { kind, words: text(fields, 'words') };
    case 'record':
      return { kind, id: text(fields, 'id') };
    case 'summary':
    case 'n2g':
    case 'concepts':
      return { kind };
  }
}

/** What a page persisted; null when it is of another version or damaged. */
export function persistedUnit(value: unknown): PersistedUnit | null {
  try {
    const fields = fieldsOf(value);
    if (fields['version'] !== 1) return null;
    return {
      version: 1,
      model: textOrNull(fields, 'model'),
      unit: text(fields, 'unit'),
      tab: textOrNull(fields, 'tab'),
      test: text(fields, 'test'),
      words: text(fields, 'words'),
      explanation: textOrNull(fields, 'explanation'),
      guess: flag(fields, 'guess'),
    };
  } catch (error) {
    if (error instanceof InterpError) return null;
    throw error;
  }
}
