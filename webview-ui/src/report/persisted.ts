import type { PersistedReport, RatingPoints } from '../../../src/protocol/reportViewContract.ts';
import { SCALES } from './rubric.ts';

export const NO_POINTS: RatingPoints = { confidence: null, strong: null, weak: null, logits: null };

export const NOTHING_KEPT: PersistedReport = {
  version: 1,
  model: null,
  tab: 'report',
  explainer: null,
  families: [],
  count: 10,
  seed: 1,
  card: null,
  words: '',
  points: NO_POINTS,
};

/** What a page kept over a reload; null when it is not in the form of this version. */
export function readPersistedReport(value: unknown): PersistedReport | null {
  if (!isObject(value) || value['version'] !== 1) return null;
  const { model, tab, explainer, families, count, seed, card, words } = value;
  if (!isNatural(count) || !isNatural(seed) || !Array.isArray(families)) return null;
  return {
    version: 1,
    model: textOrNull(model),
    tab: tab === 'rate' ? 'rate' : 'report',
    explainer: textOrNull(explainer),
    families: families.filter((family) => typeof family === 'string'),
    count,
    seed,
    card: isNatural(card) ? card : null,
    words: typeof words === 'string' ? words : '',
    points: pointsOf(value['points']),
  };
}

function pointsOf(value: unknown): RatingPoints {
  if (!isObject(value)) return NO_POINTS;
  const known = SCALES.map(({ key, most }) => {
    const points = value[key];
    return [key, isNatural(points) && points <= most ? points : null] as const;
  });
  return { ...NO_POINTS, ...Object.fromEntries(known) };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
