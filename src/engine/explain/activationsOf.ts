import { throwIfCancelled } from '../../core/errors.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import { familyId, type Family } from '../../core/records/family.ts';
import { Scan, type FamilyValues } from '../../core/records/scan.ts';
import { MAX_ROWS } from '../../core/records/windows.ts';
import type { ActivationsOf } from '../../core/explain/parts.ts';
import { latentColumn } from '../../core/trace/saeRunner.ts';
import type { OpenModel } from '../openModel.ts';
import { scanModel } from '../records/scanModel.ts';

/** Runs of one family only keep nothing: no records are collected. */
const NO_RECORDS = { ...DEFAULT_SCAN, top: 0, random: 0, quantiles: 0, perQuantile: 0 };

/**
 * Activations of one unit on token sequences, batched by length and run up to the unit's layer alone.
 * Heads: the largest pair value of each query.
 */
export function activationsOf(
  model: OpenModel,
  { family, index }: { readonly family: Family; readonly index: number },
): ActivationsOf {
  const id = familyId(family);
  const scan = runsOf(model, family);
  return async (sequences, signal) => {
    const results: Float32Array[] = Array.from({ length: sequences.length }, () => new Float32Array());
    for (const [length, places] of byLength(sequences)) {
      if (length === 0) continue;
      const step = Math.max(1, Math.floor(MAX_ROWS / length));
      for (let start = 0; start < places.length; start += step) {
        const part = places.slice(start, start + step);
        const windows = part.map((place) => ({
          sequence: place,
          ids: Int32Array.from(sequences[place] ?? []),
          counted: new Uint8Array(length).fill(1),
          parts: [],
        }));
        const take = (of: string, values: FamilyValues): void => {
          if (of !== id) return;
          const rows = columnOf(values, index, { length, windows: part.length });
          for (const [at, place] of part.entries()) {
            results[place] = rows.slice(at * length, (at + 1) * length);
          }
        };
        const run = await scan.begin(windows);
        while (run.layer < scan.layers) {
          throwIfCancelled(signal);
          await scan.step(run, take);
        }
      }
    }
    return results;
  };
}

/** Kept, since explaining a layer runs thousands of short sequences. */
const runs = new WeakMap<OpenModel, Map<string, Scan>>();

function runsOf(model: OpenModel, family: Family): Scan {
  const known = runs.get(model) ?? new Map<string, Scan>();
  runs.set(model, known);
  const scan = known.get(familyId(family)) ?? new Scan(scanModel(model), [family], NO_RECORDS);
  known.set(familyId(family), scan);
  return scan;
}

function byLength(sequences: readonly (readonly number[])[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const [place, { length }] of sequences.entries()) {
    const group = groups.get(length);
    if (group) group.push(place);
    else groups.set(length, [place]);
  }
  return groups;
}

/** One unit over all rows of a run, [windows * length]. */
function columnOf(
  values: FamilyValues,
  index: number,
  { length, windows }: { readonly length: number; readonly windows: number },
): Float32Array {
  const rows = length * windows;
  switch (values.kind) {
    case 'tokens': {
      const width = values.values.length / rows;
      return Float32Array.from(
        { length: rows },
        (_, row) => values.values[row * width + index] ?? Number.NaN,
      );
    }
    case 'sparse':
      return latentColumn(values.acts, index);
    case 'pairs': {
      const heads = values.norms.length / rows;
      return Float32Array.from({ length: rows }, (_, row) => {
        const window = Math.floor(row / length);
        const query = row % length;
        const head = window * heads + index;
        let most = 0;
        for (let key = 0; key <= query; key++) {
          const weight = values.pattern[(head * length + query) * length + key] ?? Number.NaN;
          most = Math.max(most, weight * (values.norms[head * length + key] ?? Number.NaN));
        }
        return most;
      });
    }
  }
}
