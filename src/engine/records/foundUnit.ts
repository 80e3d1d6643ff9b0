import { InterpError } from '../../core/errors.ts';
import type { Unit } from '../../core/model/units.ts';
import type { Family } from '../../core/records/family.ts';
import type { RecordsIndex } from '../../core/records/records.ts';
import type { OpenModel } from '../openModel.ts';

/** A unit of an open model, with the index that covers it. */
export interface FoundUnit {
  readonly model: OpenModel;
  readonly unit: Unit;
  readonly family: Family;
  /** Of the unit in its family. */
  readonly place: number;
  /** Null = no index covers its family. */
  readonly index: RecordsIndex | null;
}

export function noIndex(family: string): InterpError {
  return new InterpError('index/none', `No index covers ${family} yet.`, { data: { family } });
}
