import type { ExplainedRecord } from '../../core/explain/parts.ts';
import type { Provenance } from '../../core/explain/explanation.ts';
import { formatUnit, type Unit } from '../../core/model/units.ts';
import { familyId, findUnit, placeOf, type Family } from '../../core/records/family.ts';
import type { RecordsIndex, UnitRecords } from '../../core/records/records.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { OpenModel } from '../openModel.ts';
import { noIndex } from '../records/foundUnit.ts';
import { explainedRecords } from './explainedRecords.ts';
import type { WindowConcepts } from './windowConcepts.ts';

/** Everything about one unit that explaining and scoring reads. */
export interface PreparedUnit {
  readonly id: string;
  readonly unit: Unit;
  readonly family: Family;
  readonly place: number;
  readonly index: RecordsIndex;
  readonly records: UnitRecords;
  readonly top: readonly ExplainedRecord[];
  readonly random: readonly ExplainedRecord[];
  readonly from: Provenance;
}

export interface UnitSources {
  indexOf(model: OpenModel, family: string): Promise<RecordsIndex | null>;
  conceptsOf(model: OpenModel, index: RecordsIndex): WindowConcepts;
  provenance(model: OpenModel, family: string): Promise<Provenance>;
}

/** @throws unit/unknown, index/none */
export async function prepareUnit(
  model: OpenModel,
  text: string,
  sources: UnitSources,
): Promise<PreparedUnit> {
  const unit = findUnit(text, unitSpace(model));
  const { family, index: place } = placeOf(unit);
  const index = await sources.indexOf(model, familyId(family));
  if (!index) throw noIndex(familyId(family));
  const records = await index.unit(unit);
  const concepts = sources.conceptsOf(model, index);
  const from = await sources.provenance(model, familyId(family));
  return {
    id: formatUnit(unit),
    unit,
    family,
    place,
    index,
    records,
    ...explainedRecords(records, { model, index, concepts }),
    from,
  };
}
