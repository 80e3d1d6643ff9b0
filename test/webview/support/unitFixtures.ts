import type {
  ExampleGroup,
  ExampleReading,
  RemovalEffects,
  TokenVote,
  TokenWeight,
  UnitSummary,
} from '../../../src/core/records/readings.ts';
import { DEFAULT_SCAN, type RecordSet } from '../../../src/core/records/records.ts';
import type { IndexInfo } from '../../../src/protocol/recordsContract.ts';
import type { UnitPageView, UnitState } from '../../../src/protocol/unitViewContract.ts';
import { IOI, VIEWS } from './fixtures.ts';
import { noise } from './noise.ts';

/** Words that the unit of the fixtures fires on. */
const WINDOW = [
  ...IOI,
  ...[' Mary', '.', '\n', 'She', ' thanked', ' him', ' and', ' they', ' walked'],
  ...[' home', ' together', ' in', ' the', ' rain', '.'],
];
/** A token that would be HTML if it were not text. */
export const EVIL = '<img src=x onerror=alert(1)>';

export const INDEX: IndexInfo = {
  indexId: 'world-1',
  corpus: 'held-out text of the embedded world',
  skipped: [],
  families: ['3-res', 'blocks.3.mlp', 'blocks.3.attn'],
  windows: 1600,
  tokens: 102_400,
  options: DEFAULT_SCAN,
  bytes: 12_000_000,
  state: 'ready',
  reason: null,
  done: 1,
};

export const LATENT: UnitSummary = {
  id: '3-res/412',
  kind: 'latent',
  layer: 3,
  hook: 'blocks.3.hook_resid_post',
  family: '3-res',
  index: 412,
  familySize: 1536,
  previous: '3-res/411',
  next: '3-res/413',
  statistics: {
    count: 102_400,
    density: 0.0121,
    central: { mean: 0.031, variance: 0.112, skewness: 12.4, kurtosis: 181 },
    zeroCentered: { mean: 0.031, variance: 0.113, skewness: 12.6, kurtosis: 183 },
    min: 0,
    max: 8.31,
    histogram: {
      width: 0.2,
      counts: Array.from({ length: 42 }, (_, i) =>
        Math.round(400 * Math.exp(-i / 7) * (0.6 + noise('bin', i))),
      ),
    },
  },
  label: { words: 'female names after "gave … to"', f1: 0.84 },
};

const NEURON: UnitSummary = {
  ...LATENT,
  id: 'L3N123',
  kind: 'neuron',
  hook: 'blocks.3.mlp.hook_post',
  family: 'blocks.3.mlp',
  index: 123,
  familySize: 512,
  previous: 'L3N122',
  next: null,
  label: null,
  statistics: LATENT.statistics === null ? null : { ...LATENT.statistics, min: -0.17, density: 0.18 },
};

const HEAD: UnitSummary = {
  ...NEURON,
  id: 'L3H1',
  kind: 'head',
  hook: 'blocks.3.attn.hook_pattern',
  family: 'blocks.3.attn',
  index: 1,
  familySize: 6,
  previous: 'L3H0',
  next: 'L3H2',
  statistics: LATENT.statistics === null ? null : { ...LATENT.statistics, density: 0.18 },
};

const DEAD: UnitSummary = {
  ...LATENT,
  id: '3-res/9',
  index: 9,
  label: null,
  statistics: {
    count: 102_400,
    density: 0,
    central: { mean: 0, variance: 0, skewness: null, kurtosis: null },
    zeroCentered: { mean: 0, variance: 0, skewness: null, kurtosis: null },
    min: 0,
    max: 0,
    histogram: { width: 0.2, counts: [] },
  },
};

export const SUMMARIES: Readonly<Record<string, UnitSummary>> = Object.fromEntries(
  [LATENT, NEURON, HEAD, DEAD].map((summary) => [summary.id, summary]),
);

/** Any other latent of the family. */
export function summaryOf(id: string): UnitSummary {
  const index = Number(id.split('/')[1] ?? 0);
  return (
    SUMMARIES[id] ?? {
      ...LATENT,
      id,
      index,
      previous: `3-res/${index - 1}`,
      next: `3-res/${index + 1}`,
      label: null,
    }
  );
}

export function viewOf(summary: UnitSummary, change: Partial<UnitPageView> = {}): UnitPageView {
  return {
    summary,
    model: VIEWS.ioi.model,
    index: INDEX,
    making: null,
    pinned: false,
    language: { name: null, hasKey: false },
    ...change,
  };
}

const ready = (summary: UnitSummary, change?: Partial<UnitPageView>): UnitState => ({
  state: 'ready',
  view: viewOf(summary, change),
});
const NOT_SCANNED: UnitSummary = { ...LATENT, id: '3-res/77', index: 77, label: null, statistics: null };
const FAILURE = {
  code: 'engine/crashed',
  message: 'The engine ended with code 134.',
  next: 'Run again; the log has its last words.',
  data: {},
  causes: [],
} as const;

/** Cases by name: `latent`, `neuron`, `head` are covered by an index. */
export const UNIT_CASES = {
  latent: ready(LATENT),
  /** The page's HTML holds what it starts with. */
  written: ready(LATENT),
  neuron: ready(NEURON),
  head: ready(HEAD),
  dead: ready(DEAD),
  scanned: ready(NOT_SCANNED),
  'no-index': ready(NOT_SCANNED, { index: null }),
  stale: ready(LATENT, {
    index: { ...INDEX, state: 'stale', reason: 'The SAE has changed since the scan.' },
  }),
  language: ready(LATENT, { language: { name: 'gpt-4o at api.openai.com', hasKey: true } }),
  unexplained: ready(summaryOf('3-res/500')),
  many: ready(summaryOf('3-res/600')),
  evil: ready({ ...summaryOf('3-res/666'), label: { words: EVIL, f1: null } }),
  loading: { state: 'loading', message: 'Opening 3-res/413', last: viewOf(LATENT) },
  opening: { state: 'loading', message: 'Opening the model', last: null },
  error: { state: 'error', error: FAILURE, last: viewOf(LATENT) },
  broken: { state: 'error', error: FAILURE, last: null },
} satisfies Record<string, UnitState>;

export type UnitCase = keyof typeof UNIT_CASES;

/** Window `at` of a set. Values never rise with `at` in the top set. */
export function example(unit: string, set: RecordSet, at: number): ExampleReading {
  const summary = summaryOf(unit);
  const size = 18 + Math.floor(noise('size', set, at) * (WINDOW.length - 18));
  const tokens = WINDOW.slice(0, size).map((text, i) =>
    unit === '3-res/666' && i === 3 ? EVIL : i === 13 && noise('word', at) > 0.5 ? ' flower' : text,
  );
  const position = 15;
  const most = set === 'top' ? 8.31 - at * 0.03 : set === 'random' ? noise('random', at) * 2 : 5 - at * 0.2;
  const values = tokens.map((_, i) => {
    if (summary.statistics?.density === 0) return 0;
    if (i === position) return most;
    const value = noise('value', set, at, i) ** 6 * most * 0.8;
    return value < 0.05 ? (summary.kind === 'neuron' ? -0.1 * noise('below', at, i) : 0) : value;
  });
  const pairs = summary.kind === 'head' ? pairsOf(values) : null;
  return {
    sequence: at + { top: 0, random: 1000, quantile: 2000, imported: 3000 }[set],
    ids: tokens.map((_, i) => i),
    activations: Float32Array.from(values),
    pairs,
    source: `world #${812 + at}`,
    tokens,
    position: Math.min(position, size - 1),
    key: pairs === null ? null : 2,
  };
}

/** Each query gives most of its value to key 2, a little to itself. */
function pairsOf(values: readonly number[]): Float32Array {
  const pairs = new Float32Array((values.length * (values.length + 1)) / 2);
  for (const [query, value] of values.entries()) {
    const row = (query * (query + 1)) / 2;
    pairs[row + Math.min(2, query)] = Math.max(0, value);
    pairs[row + query] = Math.max(pairs[row + query] ?? 0, 0.2 * Math.max(0, value));
  }
  return pairs;
}

export function groups(unit: string, set: RecordSet, from: number, count: number): readonly ExampleGroup[] {
  // Nothing was imported.
  if (set === 'imported') return [];
  const many = unit === '3-res/600' ? 600 : 20;
  const of = (title: string, total: number, shift: number): ExampleGroup => ({
    set,
    title,
    total,
    examples: Array.from({ length: Math.max(0, Math.min(count, total - from)) }, (_, i) =>
      example(unit, set, shift + from + i),
    ),
  });
  if (summaryOf(unit).statistics?.density === 0 && set !== 'random') return [];
  if (set === 'top') return [of('Top activations', many, 0)];
  if (set === 'random') return [of('Random windows', 20, 0)];
  return [of('4.2 to 8.3 (0.3 % of windows)', 5, 0), of('2.1 to 4.2 (1 % of windows)', 5, 5)];
}

export function weights(texts: readonly string[], from: number): readonly TokenWeight[] {
  return texts.map((text, i) => ({ id: i, text, value: Number((from * (1 - i * 0.08)).toFixed(3)) }));
}

function votes(texts: readonly string[], from: number): readonly TokenVote[] {
  return weights(texts, from).map(({ id, text, value }) => ({
    id,
    text,
    logit: value,
    probability: value / 10,
  }));
}

export function effectsOf(tokens: readonly string[]): RemovalEffects {
  const at = (name: string, i: number): number => noise(name, i) ** 5;
  return {
    tokens,
    activations: Float32Array.from(tokens.map((_, i) => (i === tokens.length - 2 ? 6.2 : at('act', i)))),
    lossDifference: tokens.map((_, i) => (i === 0 ? null : (noise('loss', i) - 0.4) * 0.6)),
    kl: tokens.map((_, i) => at('kl', i) * 0.8),
    upvoted: tokens.map((_, i) => votes([' Mary', ' Anna', ` her${i}`], 2.1)),
    downvoted: tokens.map(() => votes([' John', ' him'], -1.4)),
    likelier: tokens.map(() => votes([' Mary', ' the'], 1.2)),
    unlikelier: tokens.map(() => votes([' John', '.'], -0.4)),
  };
}
