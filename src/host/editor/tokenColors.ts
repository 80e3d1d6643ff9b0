import * as vscode from 'vscode';
import { COLORS } from '../contributions.ts';
import { borderOf, DEFAULT_COLORS, fillOf, hexColor, LEVELS } from './tokenPaint.ts';

type Side = keyof typeof COLORS;

/** One decoration type for every level but 0, from -LEVELS to LEVELS. */
export type TokenTypes = ReadonlyMap<number, vscode.TextEditorDecorationType>;

/**
 * Decoration types of the present theme. Fills come from the contributed colours, or from what
 * `workbench.colorCustomizations` makes of them (also below the theme's name); a theme that brings its own
 * `underglass.positive` reaches the panel only. High contrast has underlines in the theme's own colour instead of fills.
 */
export function createTokenTypes(): TokenTypes {
  const { kind } = vscode.window.activeColorTheme;
  const highContrast =
    kind === vscode.ColorThemeKind.HighContrast || kind === vscode.ColorThemeKind.HighContrastLight;
  const types = new Map<number, vscode.TextEditorDecorationType>();
  for (let level = 1; level <= LEVELS; level++) {
    for (const signed of [level, -level]) {
      const side: Side = signed > 0 ? 'positive' : 'negative';
      const options = highContrast ? underline(side, signed) : fill(side, level);
      types.set(signed, vscode.window.createTextEditorDecorationType(options));
    }
  }
  return types;
}

function fill(side: Side, level: number): vscode.DecorationRenderOptions {
  const customized = customColors(COLORS[side]);
  const backgroundColor = (theme: 'dark' | 'light'): string =>
    fillOf(hexColor(customized, DEFAULT_COLORS[theme][side]), level, theme);
  return {
    dark: { backgroundColor: backgroundColor('dark') },
    light: { backgroundColor: backgroundColor('light') },
    borderRadius: '2px',
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

function underline(side: Side, level: number): vscode.DecorationRenderOptions {
  const { width, style } = borderOf(level);
  return {
    borderWidth: width,
    borderStyle: style,
    borderColor: new vscode.ThemeColor(COLORS[side]),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  };
}

/** What a person has set for a colour: below the theme's name first, then for all themes. */
function customColors(id: string): readonly unknown[] {
  const workbench = vscode.workspace.getConfiguration('workbench');
  const custom = workbench.get<Record<string, unknown>>('colorCustomizations') ?? {};
  const ofTheme = custom[`[${workbench.get<string>('colorTheme') ?? ''}]`];
  const scoped =
    typeof ofTheme === 'object' && ofTheme !== null ? (ofTheme as Record<string, unknown>)[id] : undefined;
  return [scoped, custom[id]];
}
