import { InterpError } from '../../../src/core/errors.ts';
import { scoreDistribution } from '../../../src/core/explain/distribution.ts';
import type { Score } from '../../../src/core/explain/explanation.ts';
import {
  ANYONE,
  type DensityMatch,
  type ExplainReport,
  type FamilyReport,
  type RatingReport,
  type ReportEntry,
} from '../../../src/core/explain/report.ts';
import { allFamilies, familyId } from '../../../src/core/records/family.ts';
import type { ExampleGroup, ExampleReading } from '../../../src/core/records/readings.ts';
import type { RatingCard } from '../../../src/protocol/explainContract.ts';
import type { ReportState } from '../../../src/protocol/reportViewContract.ts';
import { toWireError } from '../../../src/protocol/wireError.ts';
import { IOI, VIEWS } from './fixtures.ts';
import { noise } from './noise.ts';

const MODEL = VIEWS.ioi.model;
const families = allFamilies(MODEL).map(familyId);
const READY = { state: 'ready', model: MODEL, families, running: null } as const;

/** Every state that the page can be in. */
export const REPORT_CASES = {
  ready: READY,
  /** Nothing is explained. */
  none: READY,
  /** Neurons alone are explained. */
  half: READY,
  running: { ...READY, running: { done: 120, total: 768, message: 'L3N119' } },
  loading: { state: 'loading', message: 'Opening the model' },
  failed: { state: 'error', error: toWireError(new InterpError('engine/crashed', 'The engine stopped.')) },
} satisfies Record<string, ReportState>;
export type ReportCase = keyof typeof REPORT_CASES;

function scores(seed: string, count: number, around: number): readonly number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.max(-0.2, Math.min(1, around + (noise(seed, i) + noise(seed, 'b', i) - 1) * 0.5)),
  );
}

function exact(values: readonly number[]): Score[] {
  return values.map((value) => ({ value, low: value, high: value }));
}

const SILENT: readonly null[] = Array.from({ length: 8 }, () => null);

function familyReport(
  family: string,
  kind: FamilyReport['kind'],
  units: number,
  around: number,
): FamilyReport {
  const explained = Math.floor(units * 0.6);
  const isHeads = kind === 'heads';
  return {
    family,
    kind,
    layer: Number.parseInt(family, 10),
    units,
    explained,
    topAndRandom: scoreDistribution(isHeads ? [] : exact(scores(family, explained, around))),
    randomOnly: scoreDistribution(
      isHeads ? [] : [...exact([...scores(`${family} random`, explained - 9, around - 0.18), 0]), ...SILENT],
    ),
    detection: scoreDistribution(exact(scores(`${family} detection`, explained, 0.8))),
  };
}

const NEURONS = [
  familyReport('2-mlp-neurons', 'neurons', 768, 0.38),
  familyReport('3-mlp-neurons', 'neurons', 768, 0.44),
];
const LATENTS = [
  familyReport('2-res', 'latents', 1536, 0.66),
  familyReport('3-res', 'latents', 1536, 0.71),
  familyReport('3-mlp', 'latents', 1536, 0.62),
];

function densityMatch(
  neurons: string,
  latents: string,
  pairs: number,
  topAndRandom: readonly [neurons: number, latents: number | null],
  randomOnly: readonly [neurons: number, latents: number | null],
): DensityMatch {
  const sides = ([ofNeurons, ofLatents]: typeof topAndRandom): DensityMatch['topAndRandom'] => ({
    neurons: ofNeurons,
    latents: ofLatents,
  });
  const layer = Number.parseInt(neurons, 10);
  return { layer, neurons, latents, pairs, topAndRandom: sides(topAndRandom), randomOnly: sides(randomOnly) };
}

function entry(unit: string, words: string, score: number): ReportEntry {
  return { unit, words, score, density: 0.3 * noise('density', unit) ** 3 };
}

const LONG = 'closing quotation marks in dialogue that goes on over several sentences without a name';

const FULL: ExplainReport = {
  model: MODEL.name,
  explainer: null,
  explainers: [
    { explainer: 'summary', units: 5000 },
    { explainer: 'concepts', units: 2700 },
    { explainer: 'n2g', units: 400 },
  ],
  families: [
    NEURONS[0],
    LATENTS[0],
    familyReport('3-heads', 'heads', 6, 0.5),
    NEURONS[1],
    LATENTS[1],
    LATENTS[2],
  ].flatMap((family) => family ?? []),
  matches: [
    densityMatch('2-mlp-neurons', '2-res', 180, [0.38, 0.66], [0.21, 0.47]),
    densityMatch('3-mlp-neurons', '3-res', 211, [0.44, 0.71], [0.27, 0.52]),
    densityMatch('3-mlp-neurons', '3-mlp', 160, [0.43, 0.61], [0.25, null]),
  ],
  concepts: ['2-res', '3-res'].map((family) => {
    const points = Array.from({ length: 120 }, (_, i) => {
      const f1 = noise(family, 'f1', i);
      return {
        unit: `${family}/${i}`,
        f1,
        score: Math.max(-0.1, Math.min(1, 0.6 * f1 + 0.5 * noise(family, 'score', i) - 0.05)),
      };
    });
    return { family, units: points.length, correlation: 0.683, points };
  }),
  best: [
    entry('3-res/412', 'female names after “gave … to”', 0.98),
    entry('3-res/97', '<b>bold</b> & markup', 0.97),
    entry('2-res/5', LONG, 0.95),
    ...Array.from({ length: 9 }, (_, i) =>
      entry(`3-mlp/${i}`, 'months and days of the week', 0.94 - i / 100),
    ),
  ],
  worst: Array.from({ length: 12 }, (_, i) =>
    entry(`L2N${40 + i}`, i % 3 === 0 ? LONG : 'the word “the”', -0.05 + i / 100),
  ),
  stale: 14,
};

export function reportOf(name: ReportCase, explainer: string | null): ExplainReport {
  const empty = {
    ...FULL,
    explainers: [],
    families: [],
    matches: [],
    concepts: [],
    best: [],
    worst: [],
    stale: 0,
  };
  if (name === 'none') return empty;
  if (name === 'half')
    return {
      ...FULL,
      families: NEURONS,
      matches: [],
      concepts: [],
      explainers: FULL.explainers.slice(0, 1),
      stale: 0,
    };
  if (explainer === null) return { ...FULL, explainer: 'summary' };
  if (explainer === ANYONE) return FULL;
  const match = FULL.matches[1];
  const turned = match && { ...match, topAndRandom: { neurons: 0.5, latents: 0.31 } };
  return { ...FULL, explainer, matches: turned ? [turned] : [] };
}

const TEXTS = [
  IOI,
  [
    '<|endoftext|>',
    'The',
    ' <b>',
    'letter',
    '</b>',
    '\n',
    'was',
    ' sent',
    ' to',
    ' Anna',
    ' by',
    ' her',
    ' brother',
    '.',
  ],
  [
    '<|endoftext|>',
    'Yesterday',
    ' Lucy',
    ' gave',
    ' the',
    ' keys',
    ' to',
    ' Mark',
    ' and',
    ' left',
    ' early',
    '.',
  ],
];

function example(seed: number, most: number): ExampleReading {
  const tokens = TEXTS[seed % TEXTS.length] ?? [];
  const peak = 2 + (seed % 5);
  return {
    sequence: 1000 + seed,
    source: `secret ${seed}`,
    ids: tokens.map((_, i) => i),
    tokens,
    activations: Float32Array.from(tokens, (_, i) =>
      i === peak ? most : i % 4 === 0 ? -0.17 : most * 0.2 * noise(seed, i),
    ),
    pairs: null,
    position: peak,
    key: null,
  };
}

function group(
  set: ExampleGroup['set'],
  title: string,
  count: number,
  most: (i: number) => number,
): ExampleGroup {
  return { set, title, total: count, examples: Array.from({ length: count }, (_, i) => example(i, most(i))) };
}

/** The same seed deals the same units under new ids. */
export function cardsOf(count: number, deal: number): readonly RatingCard[] {
  return Array.from({ length: count }, (_, i) => ({
    cardId: `card ${deal}.${i}`,
    examples: [
      group('top', 'Strongest', 6, (at) => 8.31 - at / 4),
      group('quantile', '2.1 to 4.0 (0.3 % of windows)', 3, () => 3.3),
      group('random', 'By chance', 4, (at) => (at === 0 ? 1.5 : 0)),
    ],
    logits: {
      output: {
        top: [' Mary', ' her', ' she', '<i>', ' Anna'].map((text, id) => ({ id, text, value: 3 - id / 2 })),
        bottom: [' John', ' he', '\n', ' him'].map((text, id) => ({ id, text, value: -2 + id / 3 })),
      },
    },
  }));
}

const counts = (values: readonly (readonly [number, number])[]): readonly number[] =>
  Array.from({ length: 15 }, (_, points) => values.find(([at]) => at === points)?.[1] ?? 0);

export function ratingsOf(rated: number): RatingReport {
  return {
    families: [
      {
        family: '3-mlp-neurons',
        kind: 'neurons',
        ratings: 9,
        counts: counts([
          [0, 2],
          [3, 3],
          [5, 3],
          [9, 1],
        ]),
        median: 3,
      },
      {
        family: '3-res',
        kind: 'latents',
        ratings: 10 + rated,
        counts: counts([
          [8, 2],
          [11, 5],
          [13, 3 + rated],
        ]),
        median: 11,
      },
    ],
  };
}
