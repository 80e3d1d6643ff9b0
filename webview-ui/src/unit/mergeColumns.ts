/** Columns that a narrow page still tells apart. */
const MOST_COLUMNS = 60;

/** Neighbouring bins put together until there are few enough columns. */
export function mergeColumns<T extends { readonly width: number; readonly counts: readonly number[] }>(
  bins: T,
): T {
  const step = Math.ceil(bins.counts.length / MOST_COLUMNS);
  if (step <= 1) return bins;
  const counts = Array.from({ length: Math.ceil(bins.counts.length / step) }, (_, i) =>
    bins.counts.slice(i * step, (i + 1) * step).reduce((sum, count) => sum + count, 0),
  );
  return { ...bins, counts, width: bins.width * step };
}
