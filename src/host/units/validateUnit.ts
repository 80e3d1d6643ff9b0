import { RECORD_SETS, type RecordSet } from '../../core/records/records.ts';
import { CALIBRATIONS, SCORERS, SIMULATOR_CHOICES, type Explainer } from '../../protocol/explainContract.ts';
import { UNIT_COMMANDS, type PersistedUnit, type UnitCommand } from '../../protocol/unitViewContract.ts';
import {
  fieldsOf,
  flag,
  index,
  invalid,
  oneOf,
  persisted,
  text,
  textOrNull,
  type Fields,
} from '../panels/validate.ts';
import type { AskedOptions } from './explainChoices.ts';

/** Most examples, units or tokens that one request may ask for. */
const MAX_LIST = 1000;

export function recordSet(value: unknown): RecordSet {
  return oneOf(RECORD_SETS, value);
}

export function unitCommand(value: unknown): UnitCommand {
  return oneOf(UNIT_COMMANDS, value);
}

/** How many rows are asked for; more than `MAX_LIST` are refused. @throws request/invalid */
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
    simulator: oneOf(SIMULATOR_CHOICES, fields['simulator']),
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

export function persistedUnit(value: unknown): PersistedUnit | null {
  return persisted(value, (fields) => ({
    version: 1,
    model: textOrNull(fields, 'model'),
    unit: text(fields, 'unit'),
    tab: textOrNull(fields, 'tab'),
    test: text(fields, 'test'),
    words: text(fields, 'words'),
    explanation: textOrNull(fields, 'explanation'),
    guess: flag(fields, 'guess'),
  }));
}
