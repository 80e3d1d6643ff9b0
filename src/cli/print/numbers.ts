const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const FLOAT32_DIGITS = 9;

/** Three significant digits, never in exponents for what a person meets; an en dash for what is not defined. */
export function short(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.0005 || size >= 1e6)) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** Nats with two decimals, so that a column of them lines up. */
export function nats(value: number | null): string {
  return value === null || !Number.isFinite(value) ? short(value) : value.toFixed(2);
}

/** A bar of up to `width` columns, in eighths; starts at zero. */
export function bar(value: number, most: number, width: number): string {
  if (!(value > 0) || !(most > 0)) return '';
  const eighths = Math.round((Math.min(value, most) / most) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** `1 token`, `2 tokens`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `1.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(count) / 3), units.length);
  return `${(count / 1000 ** power).toFixed(1)} ${units[power - 1] ?? ''}`;
}

/** The shortest decimal that reads back as the same float32; null for what JSON cannot hold. */
export function jsonNumber(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(FLOAT32_DIGITS));
}
