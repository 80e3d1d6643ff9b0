import type { ColorDomain } from '../../../src/core/trace/readings.ts';
import type { ExampleReading, UnitSummary } from '../../../src/core/records/readings.ts';
import { paintOf } from '../draw/color.ts';
import type { Theme } from '../draw/theme.ts';

/** Thickest line below or above a token, CSS pixels; a dashed one is made of blocks when it is thicker. */
const MAX_LINE = { solid: 4, dashed: 3 } as const;

/** Zero is transparent; negative values have their own colour on the same scale. */
export function symmetricDomain(max: number): ColorDomain {
  return { min: -max, max, midpoint: 0, excluded: [], excludedReason: null };
}

/** As above, for values that are never below zero. */
export function positiveDomain(max: number): ColorDomain {
  return { min: 0, max, midpoint: 0, excluded: [], excludedReason: null };
}

function domainFor(max: number, min: number): ColorDomain {
  return min < 0 ? symmetricDomain(Math.max(max, -min)) : positiveDomain(max);
}

/**
 * The scale of all windows of a unit, so that they can be compared with each other: up to its largest activation in the
 * index. Without an index: up to the largest of `own`.
 */
export function unitDomain(summary: UnitSummary, own: ArrayLike<number> | null): ColorDomain {
  const { statistics } = summary;
  if (statistics === null || !(statistics.max > 0)) {
    const values = own === null ? [] : Array.from(own).filter((value) => Number.isFinite(value));
    return domainFor(
      values.reduce((max, value) => Math.max(max, value), 0),
      values.reduce((min, value) => Math.min(min, value), 0),
    );
  }
  const known = domains.get(summary) ?? domainFor(statistics.max, statistics.min);
  domains.set(summary, known);
  return known;
}

/** The same object as long as the unit is the same, so that its windows are not drawn again. */
const domains = new WeakMap<UnitSummary, ColorDomain>();

/**
 * How a token looks: `fill` is the value itself, `line` a second one (simulated; of a head, what others attend to it)
 * as a dashed line below, thicker for more. High contrast: a solid line below instead of the fill, a dashed one above.
 */
export function heatStyle(
  { fill, line }: { readonly fill: number | null; readonly line: number | null },
  domain: ColorDomain,
  theme: Theme,
): string {
  const paint = paintOf(fill, domain, theme);
  const thickness = line === null ? 0 : lineOf(line, domain);
  if (!theme.highContrast) {
    const dashed = thickness === 0 ? '' : `border-bottom:${thickness}px dashed currentcolor`;
    const filled = paint.share === 0 ? '' : `background-color:${paint.fill};color:${paint.ink};`;
    return `${filled}${dashed}`;
  }
  const solid = Math.round(Math.abs(paint.share) * MAX_LINE.solid);
  const below =
    solid === 0 ? '' : `border-bottom:${solid}px ${paint.share < 0 ? 'dotted' : 'solid'} currentcolor;`;
  // A border above would push the text down.
  return thickness === 0 ? below : `${below}text-decoration:overline dashed ${thickness}px`;
}

function lineOf(value: number, domain: ColorDomain): number {
  const share = domain.max > 0 ? Math.min(1, Math.abs(value) / domain.max) : 0;
  // Less would dash every token of a window.
  return share < 0.06 ? 0 : Math.max(1, Math.round(share * MAX_LINE.dashed));
}

/** Value of a head's pair, heads only; 0 where the key lies behind the query. */
export function pairValue(pairs: ArrayLike<number>, query: number, key: number): number {
  return key > query ? 0 : (pairs[(query * (query + 1)) / 2 + key] ?? 0);
}

/** How strongly each token is attended to: the largest value over the later queries. Shape [tokens]. */
export function attendedTo(pairs: ArrayLike<number>, tokens: number): readonly number[] {
  return Array.from({ length: tokens }, (_, key) => {
    let most = 0;
    for (let query = key; query < tokens; query++) most = Math.max(most, pairValue(pairs, query, key));
    return most;
  });
}

/**
 * What the tokens show of a head. Without a token: what each attends with (fill) and is attended to with (line), at
 * most. With one: what it attends to (line, up to itself) and what later tokens take from it (fill).
 */
export function pairHeat(
  {
    pairs,
    activations,
    tokens,
  }: Pick<ExampleReading, 'activations' | 'tokens'> & { readonly pairs: ArrayLike<number> },
  token: number | null,
): { readonly fill: readonly number[]; readonly line: readonly number[] } {
  if (token === null) return { fill: [...activations], line: attendedTo(pairs, tokens.length) };
  return {
    fill: tokens.map((_, at) => (at > token ? pairValue(pairs, at, token) : 0)),
    line: tokens.map((_, at) => pairValue(pairs, token, at)),
  };
}
