import type { Tensor } from '../core/tensor/tensor.ts';

export interface TopEntry {
  readonly index: readonly number[];
  readonly value: number;
}

export interface TopEntries {
  /** Largest in size first. */
  readonly top: readonly TopEntry[];
  /** Values that are not finite, such as the masked half of attention scores; they are never among `top`. */
  readonly nonFinite: number;
}

/** The entries of a tensor that are largest in size. Cost: one pass. */
export function topEntries({ dims, data }: Tensor, k: number): TopEntries {
  const best: number[] = [];
  let nonFinite = 0;
  const size = (index: number): number => Math.abs(data[index] ?? 0);
  for (let index = 0; index < data.length; index++) {
    const value = size(index);
    if (!Number.isFinite(value)) {
      nonFinite++;
      continue;
    }
    if (value === 0 || (best.length === k && value <= size(best[k - 1] ?? 0))) continue;
    let at = best.length;
    while (at > 0 && size(best[at - 1] ?? 0) < value) at--;
    best.splice(at, 0, index);
    if (best.length > k) best.pop();
  }
  return { top: best.map((index) => ({ index: unravel(index, dims), value: data[index] ?? 0 })), nonFinite };
}

function unravel(flat: number, dims: readonly number[]): number[] {
  let rest = flat;
  return dims
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = (rest - at) / size;
      return at;
    })
    .toReversed();
}
