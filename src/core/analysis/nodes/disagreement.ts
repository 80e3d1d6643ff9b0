/** Differences up to this many logits (or nats) are rounding and curvature too small to matter. */
const ABSOLUTE = 0.05;
/** Share of the larger of the two. */
const RELATIVE = 0.25;

/**
 * Whether an estimated effect (activation x gradient) and the measured one tell different stories: they differ by more
 * than max(0.05, 25 % of the larger). NaN disagrees with everything.
 */
export function disagrees(estimated: number, measured: number): boolean {
  const allowed = Math.max(ABSOLUTE, RELATIVE * Math.max(Math.abs(estimated), Math.abs(measured)));
  return !(Math.abs(estimated - measured) <= allowed);
}
