import type { FamilyShape } from './familyScan.ts';
import { RANDOM_SET, type OutgoingRecord } from './familyTensors.ts';
import type { FamilyValues } from './scan.ts';
import { GroupedLatents } from './groupedLatents.ts';
import { countedRows, fillTriangle, sparseRecord } from './reduce.ts';
import type { CorpusWindow } from './windows.ts';

/** What a run of windows gave of one family, held until its records are written. */
export interface RanWindows {
  readonly windows: readonly CorpusWindow[];
  readonly values: FamilyValues;
}

/**
 * Records of every unit at the same windows, as they were run. BOS tokens are 0, as in every record. Of latents only
 * windows in which they are active: the others would be nothing but zeros.
 */
export function randomRecords(
  runs: readonly RanWindows[],
  { units, records }: Pick<FamilyShape, 'units' | 'records'>,
): (unit: number) => OutgoingRecord[] {
  const latents = runs.map(({ windows, values }) =>
    values.kind === 'sparse'
      ? windows.map((window, index) => groupedOf(values, { window, index, units }))
      : [],
  );
  const rows = runs.map(({ windows }) => windows.map(countedRows));
  return (unit) =>
    runs.flatMap(({ windows, values }, run) =>
      windows.flatMap((window, index): OutgoingRecord[] => {
        const { sequence } = window;
        if (values.kind === 'sparse') {
          const found = latents[run]?.[index];
          if (!found || found.count[unit] === 0) return [];
          return [{ sequence, set: RANDOM_SET, values: found.record(unit) }];
        }
        const place = { window, index, units, unit };
        if (records === 'sparse' && values.kind === 'tokens') {
          const active = activeValues(values.values, place, rows[run]?.[index] ?? NO_ROWS);
          return active.length === 0 ? [] : [{ sequence, set: RANDOM_SET, values: active }];
        }
        const dense =
          values.kind === 'tokens' ? tokenValues(values.values, place) : pairValues(values, place);
        return [{ sequence, set: RANDOM_SET, values: dense }];
      }),
    );
}

interface Place {
  readonly window: CorpusWindow;
  readonly index: number;
  readonly units: number;
  readonly unit: number;
}

function tokenValues(values: Float32Array, { window, index, units, unit }: Place): Float32Array {
  const tokens = window.ids.length;
  return Float32Array.from(window.counted, (counted, row) =>
    counted === 1 ? (values[(index * tokens + row) * units + unit] ?? 0) : 0,
  );
}

const NO_ROWS = new Int32Array();

function activeValues(
  values: Float32Array,
  { window, index, units, unit }: Place,
  rows: Int32Array,
): Float32Array {
  const tokens = window.ids.length;
  const valueAt = (row: number): number => values[(index * tokens + row) * units + unit] ?? 0;
  return sparseRecord(new Float32Array(2 * tokens), rows, valueAt);
}

function pairValues(
  { pattern, norms }: FamilyValues & { readonly kind: 'pairs' },
  { window, index, units, unit }: Place,
): Float32Array {
  const tokens = window.ids.length;
  const triangle = new Float32Array((tokens * (tokens + 1)) / 2);
  fillTriangle(triangle, { pattern, norms, start: (index * units + unit) * tokens, tokens, window });
  return triangle;
}

function groupedOf(
  { acts }: FamilyValues & { readonly kind: 'sparse' },
  { window, index, units }: Omit<Place, 'unit'>,
): GroupedLatents {
  const grouped = new GroupedLatents(units);
  grouped.fill(acts, index * window.ids.length, countedRows(window));
  return grouped;
}
