import { bug, throwIfCancelled } from '../../errors.ts';
import { familyId, unitAt, type Family } from '../family.ts';
import type { ActivationRecord, RecordsIndex } from '../records.ts';
import { strongest, type WeighedUnit } from './relatedUnits.ts';

/** Activations of all units of a family on the same tokens (heads: pairs): only what is not zero, unit by unit. */
export interface FamilyActivations {
  /** Tokens or pairs of each unit. */
  readonly length: number;
  /** Entries of unit i: `starts[i]` up to, not including, `starts[i + 1]`. */
  readonly starts: Float64Array;
  readonly places: Int32Array;
  readonly values: Float32Array;
}

/**
 * Reads what an index' random windows hold of a family, tokens of id `skip` (BOS, where GPT-2 is unlike anywhere
 * else) left out. Costs one read of each unit, and 8 bytes for each activation that is not zero.
 */
export async function familyActivations(
  index: RecordsIndex,
  family: Family,
  options: { readonly size: number; readonly skip: number | null; readonly signal?: AbortSignal | undefined },
): Promise<FamilyActivations> {
  const { windows, length } = await randomWindows(index, family, options.skip);
  const starts = new Float64Array(options.size + 1);
  let places = new Int32Array(1024);
  let values = new Float32Array(1024);
  let filled = 0;
  let unit = 0;
  for await (const records of randomRecords(index, family, options.size)) {
    throwIfCancelled(options.signal);
    for (const { sequence, activations, pairs } of records) {
      const placed = windows.get(sequence);
      const record = pairs ?? activations;
      if (placed?.length !== record.length) throw bug(`window ${sequence} of unit ${unit} is no random one`);
      if (filled + record.length > places.length) {
        places = grown(places, new Int32Array(2 * places.length + record.length));
        values = grown(values, new Float32Array(2 * values.length + record.length));
      }
      for (let at = 0; at < record.length; at++) {
        const [value, place] = [record[at] ?? 0, placed[at] ?? SKIPPED];
        if (value === 0 || place === SKIPPED) continue;
        places[filled] = place;
        values[filled++] = value;
      }
    }
    starts[++unit] = filled;
  }
  return { length, starts, places: places.slice(0, filled), values: values.slice(0, filled) };
}

const SKIPPED = -1;

/** Where each token (of heads: pair) of the random windows stands among all that count, by window. */
async function randomWindows(
  index: RecordsIndex,
  family: Family,
  skip: number | null,
): Promise<{ readonly windows: ReadonlyMap<number, Int32Array>; readonly length: number }> {
  let length = 0;
  const place = (id: number | undefined): number => (id === skip ? SKIPPED : length++);
  const windows = new Map<number, Int32Array>();
  for (const { sequence, ids, pairs } of (await index.unit(unitAt(family, 0))).random) {
    const queries = pairs ? ids.flatMap((id, query) => Array.from({ length: query + 1 }, () => id)) : ids;
    windows.set(sequence, Int32Array.from(queries, place));
  }
  return { windows, length };
}

async function* randomRecords(
  index: RecordsIndex,
  family: Family,
  size: number,
): AsyncGenerator<readonly ActivationRecord[]> {
  if (index.random) {
    yield* index.random(familyId(family));
    return;
  }
  for (let unit = 0; unit < size; unit++) yield (await index.unit(unitAt(family, unit))).random;
}

/** Pearson correlation of one unit's activations with every unit's; NaN where one of the two never changes. */
export function correlations(all: FamilyActivations, unit: number): Float32Array {
  const { length, starts, places, values } = all;
  const size = starts.length - 1;
  const own = new Float64Array(length);
  const [from, to] = [starts[unit] ?? 0, starts[unit + 1] ?? 0];
  for (let entry = from; entry < to; entry++) own[places[entry] ?? 0] = values[entry] ?? 0;
  const self = sums(own);
  return Float32Array.from({ length: size }, (_, other) => {
    let [sum, squares, products] = [0, 0, 0];
    const end = starts[other + 1] ?? 0;
    for (let entry = starts[other] ?? 0; entry < end; entry++) {
      const value = values[entry] ?? 0;
      sum += value;
      squares += value * value;
      products += value * (own[places[entry] ?? 0] ?? 0);
    }
    const covariance = products - (sum * self.sum) / length;
    const variance = squares - (sum * sum) / length;
    return covariance / Math.sqrt(variance * (self.squares - (self.sum * self.sum) / length));
  });
}

/** The k units of a family that correlate most with one of them, by |r|. */
export function coactiveUnits(
  all: FamilyActivations,
  { family, index }: { readonly family: Family; readonly index: number },
  k: number,
): WeighedUnit[] {
  const values = correlations(all, index);
  values[index] = 0;
  return strongest(family, values, k);
}

function sums(values: Float64Array): { sum: number; squares: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return { sum, squares };
}

function grown<A extends Int32Array | Float32Array>(from: A, into: A): A {
  into.set(from);
  return into;
}
