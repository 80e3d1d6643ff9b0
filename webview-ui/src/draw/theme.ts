import { MAX_ALPHA, parseCssColor, type Palette, type Rgb } from './color.ts';

/** The editor's theme as pictures need it. Re-read it on every change. */
export interface Theme extends Palette {
  /** High contrast: thickness and pattern take the place of fill. */
  readonly highContrast: boolean;
  readonly reducedMotion: boolean;
  /** CSS colours, for canvases. */
  readonly text: string;
  readonly description: string;
  readonly line: string;
  readonly focus: string;
  readonly font: string;
  readonly editorFont: string;
}

type Kind = 'dark' | 'light';

/** Safe for colour-blind eyes; people change them by the theme colours underglass.positive and .negative. */
const FALLBACK: Record<Kind, { positive: Rgb; negative: Rgb; background: Rgb; foreground: Rgb }> = {
  dark: {
    positive: { r: 245, g: 166, b: 35 },
    negative: { r: 86, g: 156, b: 246 },
    background: { r: 31, g: 31, b: 31 },
    foreground: { r: 204, g: 204, b: 204 },
  },
  light: {
    positive: { r: 214, g: 120, b: 10 },
    negative: { r: 30, g: 98, b: 205 },
    background: { r: 255, g: 255, b: 255 },
    foreground: { r: 59, g: 59, b: 59 },
  },
};

/** Reads VS Code's body classes and CSS variables. */
export function readTheme(): Theme {
  const { classList } = document.body;
  const kind: Kind =
    classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light') ? 'light' : 'dark';
  const style = getComputedStyle(document.body);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  const color = (name: string, fallback: Rgb): Rgb => parseCssColor(read(name)) ?? fallback;
  const fallback = FALLBACK[kind];
  const text = read('--vscode-foreground') || style.color;
  return {
    positive: color('--vscode-underglass-positive', fallback.positive),
    negative: color('--vscode-underglass-negative', fallback.negative),
    background: color('--vscode-editor-background', fallback.background),
    foreground: color('--vscode-foreground', fallback.foreground),
    maxAlpha: MAX_ALPHA[kind],
    highContrast: classList.contains('vscode-high-contrast'),
    reducedMotion:
      classList.contains('vscode-reduce-motion') || matchMedia('(prefers-reduced-motion: reduce)').matches,
    text,
    description: read('--vscode-descriptionForeground') || text,
    line: read('--vscode-contrastBorder') || read('--vscode-panel-border') || text,
    focus: read('--vscode-focusBorder') || text,
    font: read('--vscode-font-family') || 'sans-serif',
    editorFont: read('--vscode-editor-font-family') || 'monospace',
  };
}

/** @returns a function that stops watching. */
export function watchTheme(onChange: (theme: Theme) => void): () => void {
  const observer = new MutationObserver(() => onChange(readTheme()));
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}
