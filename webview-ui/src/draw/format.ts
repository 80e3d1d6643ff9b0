import { percent } from '../../../src/core/percent.ts';

/** Numbers as people read them: few digits, one form per column. Exact values go to tooltips and tables. */

/** Shown where there is no value. */
export const NONE = '–';

const NO_BREAK_SPACE = '\u00a0';

export interface NumberOptions {
  /** Significant digits, default 3. */
  readonly digits?: number;
  /** Write + before positive numbers. */
  readonly signed?: boolean;
  /** Columns: decimals beyond those of a glance. */
  readonly moreDecimals?: number;
}

/** A number by significant digits, without exponent between 1e-4 and 1e6. */
export function formatNumber(value: number | null, options: NumberOptions = {}): string {
  if (value === null) return NONE;
  if (!Number.isFinite(value)) return String(value);
  const digits = options.digits ?? 3;
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e6)
      ? value.toExponential(digits - 1)
      : value.toFixed(decimalsFor(size, digits));
  return withSign(text, value, options);
}

/** A value as it is, to the precision of a 32-bit float, for tooltips and tables. */
export function formatExact(value: number | null): string {
  if (value === null) return NONE;
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

/** One number of decimals for a whole column, chosen by its largest value, so that points stand in line; none for counts. */
export function columnFormat(
  values: readonly (number | null)[],
  options: NumberOptions = {},
): (value: number | null) => string {
  const finite = values.filter((value) => value !== null && Number.isFinite(value));
  const largest = finite.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0);
  const few = largest >= 1000 ? 0 : largest >= 100 ? 1 : largest >= 1 ? 2 : largest >= 0.1 ? 3 : 4;
  const whole = finite.every((value) => Number.isInteger(value));
  const decimals = whole ? 0 : few + (options.moreDecimals ?? 0);
  return (value) => {
    if (value === null) return NONE;
    if (!Number.isFinite(value)) return String(value);
    return withSign(value.toFixed(decimals), value, options);
  };
}

/** A probability in a column, kept on one line. */
export function formatPercent(probability: number | null): string {
  return percent(probability, 'column').replace(' ', NO_BREAK_SPACE);
}

/** A probability in running text, kept on one line. */
export function formatPercentShort(probability: number): string {
  return percent(probability, 'text').replace(' ', NO_BREAK_SPACE);
}

/** A number with its unit of measure, kept on one line. */
export function withUnit(text: string, unit: string): string {
  return unit === '' || text === NONE ? text : `${text}${NO_BREAK_SPACE}${unit}`;
}

/** A count and its noun: `1 token`, `15 tokens`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function decimalsFor(size: number, digits: number): number {
  if (size === 0) return 0;
  return Math.max(0, Math.min(6, digits - 1 - Math.floor(Math.log10(size))));
}

function withSign(text: string, value: number, options: NumberOptions): string {
  return options.signed === true && value > 0 ? `+${text}` : text;
}
