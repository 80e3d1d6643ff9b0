import { formatUnit } from '../../core/model/units.ts';
import { familyId, familySize, type Family } from '../../core/records/family.ts';
import type { RelatedUnit, RelatedUnits } from '../../core/records/readings.ts';
import type { RecordsIndex } from '../../core/records/records.ts';
import {
  coactiveUnits,
  familyActivations,
  type FamilyActivations,
} from '../../core/records/units/coactivation.ts';
import {
  cosineUnits,
  downstreamUnits,
  upstreamUnits,
  type WeighedUnit,
} from '../../core/records/units/relatedUnits.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { OpenModel } from '../openModel.ts';
import type { FoundUnit } from './foundUnit.ts';
import type { UnitWords } from './unitWords.ts';

/** Families whose random windows are held: a page stays in one, its neighbours too. */
const HELD = 2;

/** Related units of a unit, and what is held to find them: activations of a few families on the random windows. */
export function createRelated(
  words: UnitWords,
): (found: FoundUnit, k: number, signal: AbortSignal) => Promise<RelatedUnits> {
  const windows = createWindows();
  return async (found, k, signal) => {
    const { model, unit, family, place, index } = found;
    const worded = (list: readonly WeighedUnit[]): Promise<RelatedUnit[]> => withWords(model, list, words);
    const coactive = index
      ? coactiveUnits(await windows(model, { index, family }, signal), { family, index: place }, k)
      : [];
    if (unit.kind === 'head') {
      return { upstream: [], downstream: [], coactive: await worded(coactive), cosine: [] };
    }
    return {
      upstream: await worded(await upstreamUnits(model, unit, k)),
      downstream: await worded(await downstreamUnits(model, unit, k)),
      coactive: await worded(coactive),
      cosine: await worded(await cosineUnits(model, unit, k)),
    };
  };
}

type ReadWindows = (
  model: OpenModel,
  of: { readonly index: RecordsIndex; readonly family: Family },
  signal: AbortSignal,
) => Promise<FamilyActivations>;

function createWindows(): ReadWindows {
  const held = new WeakMap<RecordsIndex, Map<string, FamilyActivations>>();
  return async (model, { index, family }, signal) => {
    const families = held.get(index) ?? new Map<string, FamilyActivations>();
    held.set(index, families);
    const id = familyId(family);
    const known = families.get(id);
    if (known) return known;
    const size = familySize(family, unitSpace(model));
    const read = await familyActivations(index, family, { size, skip: model.tokenizer.bosId, signal });
    families.set(id, read);
    for (const oldest of families.keys()) {
      if (families.size <= HELD) break;
      families.delete(oldest);
    }
    return read;
  };
}

async function withWords(
  model: OpenModel,
  list: readonly WeighedUnit[],
  words: UnitWords,
): Promise<RelatedUnit[]> {
  const named: RelatedUnit[] = [];
  for (const { unit, value } of list) {
    const id = formatUnit(unit);
    named.push({ id, value, known: await words.words(model, id) });
  }
  return named;
}
