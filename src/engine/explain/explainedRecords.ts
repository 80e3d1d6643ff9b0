import type { ExplainedRecord } from '../../core/explain/parts.ts';
import type { ActivationRecord, RecordsIndex, UnitRecords } from '../../core/records/records.ts';
import type { OpenModel } from '../openModel.ts';
import type { WindowConcepts } from './windowConcepts.ts';

/** A unit's records with their texts and, in the embedded world, their labels. */
export function explainedRecords(
  records: UnitRecords,
  of: { readonly model: OpenModel; readonly index: RecordsIndex; readonly concepts: WindowConcepts },
): { readonly top: readonly ExplainedRecord[]; readonly random: readonly ExplainedRecord[] } {
  const as =
    (set: ExplainedRecord['set']) =>
    (record: ActivationRecord): ExplainedRecord => ({
      ...record,
      set,
      tokens: record.ids.map((id) => of.model.tokenizer.text(id)),
      source: of.index.source(record.sequence),
      concepts: of.concepts(record.sequence),
    });
  return { top: records.top.map(as('top')), random: records.random.map(as('random')) };
}
