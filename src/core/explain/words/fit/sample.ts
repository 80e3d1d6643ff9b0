import type { ExplainedRecord } from '../../parts.ts';
import { largest, TOP_LEVEL } from '../../normalize.ts';
import { viewText, type Mask, type TextView } from '../textView.ts';

/** All windows that a rule is fitted on, end to end. */
export interface Sample {
  readonly views: readonly TextView[];
  /** First token of each window, and the end of the last. */
  readonly offsets: readonly number[];
  /** Window of each token. */
  readonly windows: Uint16Array;
  /** Tokens of all windows. */
  readonly tokens: readonly string[];
  /** 10 relu(a) / max. */
  readonly target: Float64Array;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly spread: number;
}

export function sampleOf(records: readonly ExplainedRecord[]): Sample {
  const max = largest(records.map(({ activations }) => activations));
  const target = Float64Array.from(
    records.flatMap(({ activations }) =>
      Array.from(activations, (value) => (max > 0 ? (TOP_LEVEL * Math.max(0, value)) / max : 0)),
    ),
  );
  const offsets = [0];
  for (const { tokens } of records) offsets.push((offsets.at(-1) ?? 0) + tokens.length);
  const mean = target.reduce((sum, value) => sum + value, 0) / Math.max(1, target.length);
  return {
    views: records.map(({ tokens }) => viewText(tokens)),
    offsets,
    windows: Uint16Array.from(records.flatMap(({ tokens }, window) => tokens.map(() => window))),
    tokens: records.flatMap(({ tokens }) => tokens),
    target,
    mean,
    spread: target.reduce((sum, value) => sum + (value - mean) ** 2, 0),
  };
}

/** The masks of all windows, end to end. */
export function joinMasks(sample: Sample, mask: (view: TextView) => Mask): Mask {
  const joined = new Uint8Array(sample.tokens.length);
  sample.views.forEach((view, window) => joined.set(mask(view), sample.offsets[window] ?? 0));
  return joined;
}

/** Correlation of a mask with the target, 0 where it is not defined. */
export function maskCorrelation(sample: Sample, mask: Mask): number {
  const { target } = sample;
  let count = 0;
  let sum = 0;
  for (let index = 0; index < mask.length; index++) {
    if (mask[index] === 0) continue;
    count++;
    sum += target[index] ?? 0;
  }
  return correlationOf(sample, { count, sum, all: mask.length });
}

/** The same for those of some places where a mask holds. */
export function placeCorrelation(sample: Sample, places: Uint32Array, mask: Mask): number {
  const { target } = sample;
  let count = 0;
  let sum = 0;
  for (let at = 0; at < places.length; at++) {
    const index = places[at] ?? 0;
    if (mask[index] === 0) continue;
    count++;
    sum += target[index] ?? 0;
  }
  return correlationOf(sample, { count, sum, all: mask.length });
}

/** Of a mask that holds at `count` of `all` tokens, with the sum of the target there. */
function correlationOf(
  { mean, spread }: Sample,
  { count, sum, all }: { readonly count: number; readonly sum: number; readonly all: number },
): number {
  const variance = count * (1 - count / all);
  return variance > 0 && spread > 0 ? (sum - count * mean) / Math.sqrt(variance * spread) : 0;
}

/** Correlation of values with the target, 0 where it is not defined. */
export function valueCorrelation({ target, mean, spread }: Sample, values: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  let products = 0;
  for (let index = 0; index < target.length; index++) {
    const value = values[index] ?? 0;
    if (value === 0) continue;
    sum += value;
    squares += value * value;
    products += value * (target[index] ?? 0);
  }
  const variance = squares - (sum * sum) / target.length;
  return variance > 1e-12 && spread > 0 ? (products - sum * mean) / Math.sqrt(variance * spread) : 0;
}

/** Where two masks hold. */
export function both(a: Mask, b: Mask): Mask {
  const mask = new Uint8Array(a.length);
  for (let index = 0; index < a.length; index++) mask[index] = (a[index] ?? 0) & (b[index] ?? 0);
  return mask;
}
