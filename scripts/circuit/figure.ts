import type { ColorDomain } from '../../src/core/trace/readings.ts';
import {
  cssColor,
  fillOf,
  MAX_ALPHA,
  paintOf,
  type Palette,
  type Rgb,
} from '../../webview-ui/src/draw/color.ts';
import type { Circuit, HeadReport } from './findCircuit.ts';
import { LEAST_EFFECT } from './roles.ts';

export type FigureTheme = 'light' | 'dark';

const rgb = (r: number, g: number, b: number): Rgb => ({ r, g, b });

/** The pages' own colours. */
const PALETTES: Readonly<Record<FigureTheme, Palette>> = {
  light: {
    positive: rgb(214, 120, 10),
    negative: rgb(30, 98, 205),
    background: rgb(255, 255, 255),
    foreground: rgb(31, 35, 40),
    maxAlpha: MAX_ALPHA.light,
  },
  dark: {
    positive: rgb(245, 166, 35),
    negative: rgb(86, 156, 246),
    background: rgb(30, 30, 30),
    foreground: rgb(226, 226, 226),
    maxAlpha: MAX_ALPHA.dark,
  },
};

const CELL = { width: 122, height: 58, gap: 6, below: 36, line: 15 };
const MARGIN = 20;
const LEFT = 64;
const TOP = 108;
const LEGEND = { width: 260, height: 12, stops: 13 };

/** Heads as a grid of layers and heads, coloured by measured effect, with the number in and the role below each. */
export function circuitFigure({ heads, prompts, logitDiff }: Circuit, theme: FigureTheme): string {
  const palette = PALETTES[theme];
  const reach = Math.max(...heads.map(({ measuredEffect }) => Math.abs(measuredEffect.mean)));
  const layers = Math.max(...heads.map(({ layer }) => layer)) + 1;
  const columns = Math.max(...heads.map(({ head }) => head)) + 1;
  const bottom = TOP + layers * (CELL.height + CELL.below + CELL.gap);
  const width = LEFT + 2 * MARGIN + columns * (CELL.width + CELL.gap) - CELL.gap;
  const height = bottom + 60;
  const title = 'Which heads find the indirect object';
  const what = [
    `In each cell: by how many logits the indirect object’s lead over the subject (${logitDiff.mean.toFixed(1)}) falls when the head is zeroed`,
    `everywhere, and in small figures the head’s direct effect on it. Below: its role. Mean of ${prompts} held-out prompts.`,
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}" font-family="system-ui, 'Segoe UI', sans-serif" font-size="13" fill="${cssColor(palette.foreground)}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${cssColor(palette.background)}"/>`,
    text(MARGIN, 32, title, 'font-size="17" font-weight="600"'),
    ...what.map((line, index) => text(MARGIN, 54 + index * CELL.line, line, DIM)),
    ...Array.from({ length: layers }, (_, layer) =>
      text(MARGIN, corner({ layer, head: 0 }).y + CELL.height / 2 + 4, `layer ${layer}`, DIM),
    ),
    ...heads.map((head) => cell(head, { reach, least: LEAST_EFFECT * logitDiff.mean, palette })),
    ...legend(bottom, reach, palette),
    '</svg>',
    '',
  ].join('\n');
}

function domain(reach: number): ColorDomain {
  return { min: -reach, max: reach, midpoint: 0, excluded: [], excludedReason: null };
}

const DIM = 'font-size="12" opacity="0.75"';

/** `least`: direct effects below it are not named. */
function cell(
  head: HeadReport,
  { reach, least, palette }: { readonly reach: number; readonly least: number; readonly palette: Palette },
): string {
  const { x, y } = corner(head);
  const { measuredEffect, directEffect, roles } = head;
  const { fill, ink } = paintOf(measuredEffect.mean, domain(reach), palette);
  const middle = x + CELL.width / 2;
  const edge = `stroke="${cssColor(palette.foreground)}" stroke-opacity="${roles.length > 0 ? 0.8 : 0.2}"`;
  const small = `font-size="11" fill="${ink}"`;
  const direct = Math.abs(directEffect.mean) >= least ? `direct ${signed(directEffect.mean)}` : '';
  return [
    `<rect x="${x}" y="${y}" width="${CELL.width}" height="${CELL.height}" rx="5" fill="${fill}" ${edge}/>`,
    text(x + 8, y + 16, head.name, small),
    text(x + CELL.width - 8, y + 16, direct, `${small} text-anchor="end"`),
    text(middle, y + 42, signed(measuredEffect.mean), `font-size="19" text-anchor="middle" fill="${ink}"`),
    ...roles.map((role, index) =>
      text(middle, y + CELL.height + CELL.line * (index + 1), role, 'font-size="12" text-anchor="middle"'),
    ),
  ].join('');
}

function corner({ layer, head }: { readonly layer: number; readonly head: number }): {
  readonly x: number;
  readonly y: number;
} {
  return {
    x: LEFT + MARGIN + head * (CELL.width + CELL.gap),
    y: TOP - 14 + layer * (CELL.height + CELL.below + CELL.gap),
  };
}

/** The scale with its ends and midpoint. */
function legend(y: number, reach: number, palette: Palette): string[] {
  const from = LEFT + MARGIN;
  const step = LEGEND.width / LEGEND.stops;
  const swatches = Array.from({ length: LEGEND.stops }, (_, index) => {
    const share = (2 * index) / (LEGEND.stops - 1) - 1;
    const at = `x="${(from + index * step).toFixed(1)}" y="${y}" width="${step.toFixed(1)}" height="${LEGEND.height}"`;
    return `<rect ${at} fill="${fillOf(share, palette)}"/>`;
  });
  const under = y + LEGEND.height + CELL.line;
  const middle = from + LEGEND.width / 2;
  const right = from + LEGEND.width;
  const small = 'font-size="12"';
  return [
    ...swatches,
    text(from, under, signed(-reach), small),
    text(middle, under, '0', `${small} text-anchor="middle"`),
    text(right, under, signed(reach), `${small} text-anchor="end"`),
    text(right + 16, y + 10, 'logits. Above 0: without the head the right answer loses.', small),
    text(right + 16, under, 'Below 0: it gains.', small),
  ];
}

function signed(value: number): string {
  const digits = Math.abs(value).toFixed(1);
  if (Number(digits) === 0) return '0.0';
  return value < 0 ? `−${digits}` : `+${digits}`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return content === '' ? '' : `<text x="${x}" y="${y}" ${attributes}>${escapeText(content)}</text>`;
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
