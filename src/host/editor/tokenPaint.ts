import type { ColorDomain } from '../../core/trace/readings.ts';

/** The manifest's defaults: a theme colour cannot be read back, and decorations need it with alpha. */
export const DEFAULT_COLORS = {
  dark: { positive: '#f5a623', negative: '#569cf6' },
  light: { positive: '#d6780a', negative: '#1e62cd' },
} as const;

/** Steps of colour on each side of the midpoint: more are not told apart behind text. */
export const LEVELS = 8;

/** Opacity of the strongest value, and how weak ones are lifted: as in the trace panel. */
const MAX_ALPHA = { dark: 0.62, light: 0.55 } as const;
const ALPHA_EXPONENT = 0.8;

/** Thickest underline in high-contrast themes, pixels. */
const MAX_BORDER = 4;

/**
 * Step of a value in its domain: 0 = at the midpoint or not defined, LEVELS = at or beyond max, -LEVELS = at or
 * below min. A side of the domain without width gives 0.
 */
export function levelOf(value: number | null, domain: ColorDomain): number {
  if (value === null || Number.isNaN(value)) return 0;
  const distance = value - domain.midpoint;
  const reach = distance >= 0 ? domain.max - domain.midpoint : domain.midpoint - domain.min;
  if (!(reach > 0)) return 0;
  const share = Math.max(-1, Math.min(1, distance / reach));
  return Math.round(share * LEVELS) || 0;
}

/** `#rrggbbaa` of a level, 1..LEVELS. */
export function fillOf(color: string, level: number, theme: 'dark' | 'light'): string {
  const alpha = (level / LEVELS) ** ALPHA_EXPONENT * MAX_ALPHA[theme];
  return `${color}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}

/** Underline of a level in high contrast, as in the trace panel: thicker when stronger, dashed below the midpoint. */
export function borderOf(level: number): { readonly width: string; readonly style: 'solid' | 'dashed' } {
  const width = Math.max(1, Math.round((Math.abs(level) / LEVELS) * MAX_BORDER));
  return { width: `0 0 ${width}px 0`, style: level < 0 ? 'dashed' : 'solid' };
}

/** The first text that is a colour as `#rrggbb`; alpha is dropped. */
export function hexColor(candidates: readonly unknown[], fallback: string): string {
  for (const candidate of candidates) {
    const found =
      typeof candidate === 'string' ? /^#([0-9a-f]{6})(?:[0-9a-f]{2})?$/i.exec(candidate)?.[1] : undefined;
    if (found !== undefined) return `#${found.toLowerCase()}`;
  }
  return fallback;
}
