import { isOfPattern, type ExplanationRecord, type Provenance } from '../../core/explain/explanation.ts';
import { familyId, findUnit, placeOf, type UnitSpace } from '../../core/records/family.ts';
import type { WordsOfUnit } from '../../core/trace/words.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { ExplanationStore } from '../../runtime/explanations/store.ts';
import type { OpenModel } from '../openModel.ts';
import type { UnitWords } from '../records/unitWords.ts';

/** What a record would be computed from now: of which model, SAE and index. */
export type CurrentProvenance = (model: OpenModel, family: string) => Promise<Provenance>;

/** Why a record belongs to something else than what is open; null = it is fresh. */
export function staleReason(record: ExplanationRecord, now: Provenance): string | null {
  const { from } = record;
  if (from.model !== '' && from.model !== now.model)
    return 'Made for another model, or other weights of this one.';
  if (from.sae !== null && from.sae !== now.sae) return 'Made for another SAE of this name.';
  if (from.index !== null && now.index !== null && from.index !== now.index) {
    return 'Scored on another index than the one in use.';
  }
  return null;
}

/**
 * The explanation that hovers and tables show: fresh before stale, words before patterns, a person's own first among
 * equals, then by score.
 */
export function bestOf(records: readonly ExplanationRecord[], now: Provenance): ExplanationRecord | null {
  const rank = (record: ExplanationRecord): readonly number[] => [
    staleReason(record, now) === null ? 1 : 0,
    isOfPattern(record) ? 0 : 1,
    // The labels of the embedded world are an oracle, not an explanation of the unit.
    record.explainerKind === 'concepts' ? 0 : 1,
    record.score ?? -2,
    record.explainerKind === 'human' ? 1 : 0,
  ];
  return records.reduce<ExplanationRecord | null>(
    (best, record) => (best === null || isAbove(rank(record), rank(best)) ? record : best),
    null,
  );
}

function isAbove(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

/** Words of stored explanations, for hovers, lists and pages. What a file says is worked out once. */
export function storedWords(store: () => ExplanationStore | null, provenance: CurrentProvenance): UnitWords {
  const known = new WeakMap<
    readonly ExplanationRecord[],
    { readonly now: string; readonly words: FamilyWords }
  >();
  const wordsOf = async (model: OpenModel, family: string): Promise<FamilyWords> => {
    const records = (await store()?.family(model.info.name, family))?.records ?? [];
    if (records.length === 0) return NO_WORDS;
    const now = await provenance(model, family);
    const stamp = JSON.stringify(now);
    const before = known.get(records);
    if (before?.now === stamp) return before.words;
    const words = familyWords(records, now, unitSpace(model));
    known.set(records, { now: stamp, words });
    return words;
  };
  return {
    search: wordsOf,
    words: async (model, unitId) => {
      const { family, index } = placeOf(findUnit(unitId, unitSpace(model)));
      return (await wordsOf(model, familyId(family))).get(index) ?? null;
    },
  };
}

type FamilyWords = ReadonlyMap<number, WordsOfUnit>;
const NO_WORDS: FamilyWords = new Map();

function familyWords(records: readonly ExplanationRecord[], now: Provenance, space: UnitSpace): FamilyWords {
  const words = new Map<number, WordsOfUnit>();
  for (const [unit, own] of groupByUnit(records)) {
    const index = placeIn(unit, space);
    const best = bestOf(own, now);
    if (index !== null && best) words.set(index, asWords(best, now));
  }
  return words;
}

export function groupByUnit(records: readonly ExplanationRecord[]): Map<string, ExplanationRecord[]> {
  const groups = new Map<string, ExplanationRecord[]>();
  for (const record of records) {
    const group = groups.get(record.unit);
    if (group) group.push(record);
    else groups.set(record.unit, [record]);
  }
  return groups;
}

function asWords(record: ExplanationRecord, now: Provenance): WordsOfUnit {
  const { explanation, explainer, score } = record;
  const pattern = isOfPattern(record) ? ({ isPattern: true } as const) : {};
  const kind = record.scoreKind === undefined ? {} : { scoreKind: record.scoreKind };
  return {
    words: explanation,
    by: explainer,
    score,
    stale: staleReason(record, now) !== null,
    ...pattern,
    ...kind,
  };
}

/** Null: the file was written for a model with other units. */
function placeIn(unit: string, space: UnitSpace): number | null {
  try {
    return placeOf(findUnit(unit, space)).index;
  } catch {
    return null;
  }
}
