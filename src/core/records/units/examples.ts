import { percent } from '../../percent.ts';
import type { ExampleGroup, ExampleReading } from '../readings.ts';
import type { ActivationRecord, RecordSet, UnitRecords } from '../records.ts';

/** What turns a record into something to read. */
export interface ExampleTexts {
  readonly text: (id: number) => string;
  readonly source: (sequence: number) => string;
}

/**
 * Records of a unit with their texts. `from` and `count` hold for each group by itself; quantiles come as one group
 * per interval, from the highest down.
 */
export function exampleGroups(
  records: UnitRecords,
  {
    set,
    from,
    count,
  }: { readonly set: Exclude<RecordSet, 'imported'>; readonly from: number; readonly count: number },
  texts: ExampleTexts,
): ExampleGroup[] {
  const group = (title: string, all: readonly ActivationRecord[]): ExampleGroup => ({
    set,
    title,
    total: all.length,
    examples: all.slice(from, from + count).map((record) => readExample(record, texts)),
  });
  switch (set) {
    case 'top':
      return [group('Top activations', records.top)];
    case 'random':
      return [group('Random windows', records.random)];
    case 'quantile':
      return records.quantiles.map(({ low, high, share, records: own }) =>
        group(`${bound(low)} to ${bound(high)} (${percent(share, 'text')} of windows)`, own),
      );
  }
}

export function readExample(record: ActivationRecord, texts: ExampleTexts): ExampleReading {
  return {
    ...record,
    source: texts.source(record.sequence),
    tokens: record.ids.map(texts.text),
    ...peakOf(record),
  };
}

/** Where the largest activation is: the first of equal ones. */
export function peakOf({ activations, pairs }: Pick<ActivationRecord, 'activations' | 'pairs'>): {
  position: number;
  key: number | null;
} {
  const position = largest(activations);
  if (pairs === null) return { position, key: null };
  const start = (position * (position + 1)) / 2;
  return { position, key: largest(pairs.subarray(start, start + position + 1)) };
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
  return best;
}

function bound(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 0.01) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : size >= 1 ? 1 : 2);
}
