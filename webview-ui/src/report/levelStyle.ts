import { alphaOf, blend, cssColor, inkOn } from '../draw/color.ts';
import type { Theme } from '../draw/theme.ts';

/** High contrast: thickness of the underline of the strongest value, CSS pixels. */
const MAX_UNDERLINE = 4;

/** Fill and readable text for a share of the largest, 0..1; in high contrast a line below. */
export function levelStyle(share: number, theme: Theme): string {
  if (share <= 0) return '';
  if (theme.highContrast) {
    const width = Math.round(share * MAX_UNDERLINE);
    return width === 0 ? '' : `border-bottom:${width}px solid currentcolor`;
  }
  const alpha = alphaOf(share, theme.maxAlpha);
  const ink = inkOn(blend(theme.positive, alpha, theme.background), theme.foreground);
  return `background-color:${cssColor(theme.positive, alpha)};color:${cssColor(ink)}`;
}
