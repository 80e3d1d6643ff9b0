import type { Trace } from '../../trace/trace.ts';
import { familySize, unitAt, type Family } from '../family.ts';
import type { Unit } from '../../model/units.ts';
import { familyMaxima } from './activations.ts';
import { unitSpace, type UnitModel } from './unitModel.ts';

/** A run of one text; tokens before `first` (BOS) do not count. */
export interface MatchRun {
  readonly trace: Trace;
  readonly first: number;
}

/** A unit with its largest activation on each of two texts. */
export interface MatchedUnit {
  readonly unit: Unit;
  readonly on: number;
  readonly off: number;
  /** Position in the first text where it is largest. */
  readonly position: number;
}

/** Units that fire more on one text than on another: the k of largest difference of their largest activations. */
export async function matchUnits(
  model: UnitModel,
  families: readonly Family[],
  { on, off, k }: { readonly on: MatchRun; readonly off: MatchRun | null; readonly k: number },
): Promise<MatchedUnit[]> {
  const all: MatchedUnit[] = [];
  for (const family of families) {
    const firing = await familyMaxima(model, on.trace, family, on.first);
    const other = off && (await familyMaxima(model, off.trace, family, off.first));
    const size = familySize(family, unitSpace(model));
    for (let index = 0; index < size; index++) {
      const value = firing.max[index] ?? 0;
      const against = other?.max[index] ?? 0;
      if (!(value > 0) || !(value > against)) continue;
      const position = firing.position[index] ?? on.first;
      all.push({ unit: unitAt(family, index), on: value, off: against, position });
    }
  }
  return all.toSorted((a, b) => b.on - b.off - (a.on - a.off)).slice(0, k);
}
