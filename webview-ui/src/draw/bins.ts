/** Equal-width bins of a histogram. Bin i covers edges[i]..edges[i+1]; the last one includes its upper edge. */
export interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

const MAX_BINS = 24;

/** Bins over the finite values, zero among the edges when the values are of both signs. */
export function binValues(values: readonly (number | null)[]): Bins {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)) as number[];
  if (finite.length === 0) return { edges: [], counts: [] };
  const low = finite.reduce((min, value) => Math.min(min, value), Infinity);
  const high = finite.reduce((max, value) => Math.max(max, value), -Infinity);
  if (low === high) return { edges: [low, high], counts: [finite.length] };
  const step = niceStep(
    (high - low) / Math.min(MAX_BINS, Math.max(6, Math.ceil(Math.sqrt(finite.length) * 2))),
  );
  const first = Math.floor(low / step);
  const count = Math.max(1, Math.ceil(high / step - 1e-9) - first);
  const counts = new Array<number>(count).fill(0);
  for (const value of finite) {
    const bin = binIndex(value, first, step, count);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const edges = Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { edges, counts };
}

/** Bin of a value, or -1 when it lies in none. */
export function binOf(value: number | null, bins: Bins): number {
  const low = bins.edges[0];
  const high = bins.edges.at(-1);
  if (value === null || low === undefined || high === undefined || !(value >= low && value <= high))
    return -1;
  const found = bins.edges.findIndex((edge) => edge > value);
  return found === -1 ? bins.counts.length - 1 : found - 1;
}

function binIndex(value: number, first: number, step: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor(value / step + 1e-9) - first));
}

/** The next of 1, 2, 2.5, 5 times a power of ten. */
function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 2.5, 5].find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}
