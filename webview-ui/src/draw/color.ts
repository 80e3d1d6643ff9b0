import type { ColorDomain } from '../../../src/core/trace/readings.ts';

/** sRGB, 0..255 each. */
export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** What a scale needs to know of the theme. */
export interface Palette {
  readonly positive: Rgb;
  readonly negative: Rgb;
  readonly background: Rgb;
  readonly foreground: Rgb;
  /** Opacity of the strongest value. */
  readonly maxAlpha: number;
}

/** Opacity of the strongest value: text on it stays readable and the theme still shows through. */
export const MAX_ALPHA = { dark: 0.62, light: 0.55 } as const;

/** Below 1, so that weak values are still told from nothing. */
const ALPHA_EXPONENT = 0.8;

/** WCAG 2.2 success criterion 1.4.3, text of normal size. */
export const MIN_CONTRAST = 4.5;

const BLACK: Rgb = { r: 0, g: 0, b: 0 };
const WHITE: Rgb = { r: 255, g: 255, b: 255 };

/**
 * Place of a value in its domain, -1..1: 0 at the midpoint, +1 at max, -1 at min, clamped outside.
 * A side of the domain without width gives 0. NaN gives 0.
 */
export function shareOf(value: number, domain: ColorDomain): number {
  const distance = value - domain.midpoint;
  const reach = distance >= 0 ? domain.max - domain.midpoint : domain.midpoint - domain.min;
  if (!(reach > 0) || Number.isNaN(distance)) return 0;
  return Math.max(-1, Math.min(1, distance / reach));
}

/** Opacity for a share: |share|^0.8 of the most that the theme allows. */
export function alphaOf(share: number, maxAlpha: number): number {
  return Math.abs(share) ** ALPHA_EXPONENT * maxAlpha;
}

/** `color` at `alpha` laid over an opaque background. */
export function blend(color: Rgb, alpha: number, background: Rgb): Rgb {
  const mix = (over: number, under: number): number => over * alpha + under * (1 - alpha);
  return {
    r: mix(color.r, background.r),
    g: mix(color.g, background.g),
    b: mix(color.b, background.b),
  };
}

/** Contrast ratio 1..21. Source: WCAG 2.2, "contrast ratio". */
export function contrastRatio(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function luminance({ r, g, b }: Rgb): number {
  const linear = (channel: number): number => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** The theme's text colour where it is readable, else black or white, whichever stands out more. */
export function inkOn(background: Rgb, foreground: Rgb): Rgb {
  if (contrastRatio(foreground, background) >= MIN_CONTRAST) return foreground;
  return contrastRatio(WHITE, background) >= contrastRatio(BLACK, background) ? WHITE : BLACK;
}

/** How a value looks: fill and readable text, as CSS colours, and its signed share of the domain. */
export interface Paint {
  readonly share: number;
  readonly fill: string;
  readonly ink: string;
}

/** Fill and text for a value; null (not defined there) and the midpoint are left transparent. */
export function paintOf(value: number | null, domain: ColorDomain, palette: Palette): Paint {
  const share = value === null ? 0 : shareOf(value, domain);
  const color = share < 0 ? palette.negative : palette.positive;
  const ink = inkOn(blend(color, alphaOf(share, palette.maxAlpha), palette.background), palette.foreground);
  return { share, fill: fillOf(share, palette), ink: cssColor(ink) };
}

/** The fill alone, for cells without text. */
export function fillOf(share: number, palette: Palette): string {
  return cssColor(share < 0 ? palette.negative : palette.positive, alphaOf(share, palette.maxAlpha));
}

export function cssColor({ r, g, b }: Rgb, alpha = 1): string {
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)} / ${Number(alpha.toFixed(4))})`;
}

const HEX = /^#([0-9a-f]{3,8})$/i;
const RGB_CALL = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i;

/** Reads `#rgb`, `#rrggbb`, their forms with alpha (dropped), `rgb()` and `rgba()`; null for anything else. */
export function parseCssColor(text: string): Rgb | null {
  const call = RGB_CALL.exec(text.trim());
  if (call) return { r: Number(call[1]), g: Number(call[2]), b: Number(call[3]) };
  const digits = HEX.exec(text.trim())?.[1];
  if (digits === undefined || digits.length === 5 || digits.length === 7) return null;
  const wide = digits.length < 6 ? [...digits].map((digit) => digit + digit).join('') : digits;
  const channel = (at: number): number => Number.parseInt(wide.slice(at, at + 2), 16);
  return { r: channel(0), g: channel(2), b: channel(4) };
}
