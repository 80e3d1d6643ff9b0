import { InterpError } from '../../../src/core/errors.ts';
import { formatUnit } from '../../../src/core/model/units.ts';
import { allFamilies, familyId, familySize, parseFamily, unitAt } from '../../../src/core/records/family.ts';
import type { ExampleMatch } from '../../../src/core/records/readings.ts';
import { rowOf, type ListedFamily } from '../../../src/core/records/units/unitList.ts';
import type { WordsOfUnit } from '../../../src/core/trace/words.ts';
import type { BrowserState, BrowserView, ShownMatches } from '../../../src/protocol/browserViewContract.ts';
import type { ModelInfo } from '../../../src/protocol/engineContract.ts';
import type { IndexInfo } from '../../../src/protocol/recordsContract.ts';
import { toWireError } from '../../../src/protocol/wireError.ts';
import { VIEWS } from './fixtures.ts';
import { noise } from './noise.ts';
import { INDEX } from './unitFixtures.ts';

/** One with markup in it: words are text. */
const WORDS = [
  'female names after “gave … to”',
  'the end of an indirect-object sentence',
  'names seen once so far',
  'the word “to” before a person',
  '<b>bold</b> markup & entities',
  'closing quotation marks in dialogue that goes on over several sentences without a name',
  'full stops',
  'months and days of the week',
];
const TOKENS = [' Mary', ' to', '\n', '<script>', ' the', '.', ' John', ' Wednesday'];

const SMALL = VIEWS.ioi.model;
const HUGE: ModelInfo = {
  ...SMALL,
  modelId: 'm-huge',
  saes: SMALL.saes.map((sae) => ({ ...sae, d_sae: 131_072 })),
};

function viewOf(model: ModelInfo, index: Partial<IndexInfo> | null): BrowserView {
  const families = allFamilies(model).map(familyId);
  return {
    model,
    families,
    index: index && {
      ...INDEX,
      families,
      corpus: 'embedded world',
      windows: 4000,
      tokens: 256_000,
      ...index,
    },
    pins: ['3-res/2', '3-res/5'],
  };
}

const READY = viewOf(SMALL, {});
const FAILED = toWireError(new InterpError('engine/crashed', 'The engine stopped.'));

/** Every state that the browser can be in. */
export const BROWSER_CASES = {
  ready: { state: 'ready', view: READY },
  huge: { state: 'ready', view: viewOf(HUGE, {}) },
  unscanned: { state: 'ready', view: viewOf(SMALL, null) },
  uncovered: { state: 'ready', view: viewOf(SMALL, { families: ['3-mlp-neurons'] }) },
  partial: { state: 'ready', view: viewOf(SMALL, { state: 'partial', done: 0.437 }) },
  staleIndex: {
    state: 'ready',
    view: viewOf(SMALL, { state: 'stale', reason: 'The index is of another model.' }),
  },
  loading: { state: 'loading', message: 'Reading the embedded corpus once', last: READY },
  making: {
    state: 'loading',
    message: 'Reading the embedded corpus once',
    making: { done: 123, total: 1000, message: '' },
    last: READY,
  },
  opening: { state: 'loading', message: 'Opening the model', last: null },
  failed: { state: 'error', error: FAILED, last: READY },
} satisfies Record<string, BrowserState>;
export type BrowserCase = keyof typeof BROWSER_CASES;

/** A family of the model as the engine would list it: every seventh unit is without words, heads all are. */
export function familyOf(model: ModelInfo, id: string, isIndexed: boolean): ListedFamily {
  const family = parseFamily(id, model);
  const size = familySize(family, model);
  const word = (index: number): WordsOfUnit => ({
    words: WORDS[index % WORDS.length] ?? '',
    by: index % 5 === 4 ? 'concept label' : 'summary',
    score: Math.round(100 * noise('score', id, index)) / 100,
    stale: index % 11 === 6,
    ...(index % 10 === 8 ? { isPattern: true } : {}),
  });
  const explained =
    family.kind === 'heads' ? [] : Array.from({ length: size }, (_, i) => i).filter((i) => i % 7 !== 3);
  const numbers = (name: string, most: number): Float64Array =>
    Float64Array.from({ length: size }, (_, i) => (i % 13 === 12 ? 0 : most * noise(name, i) ** 3));
  return {
    size,
    words: new Map(explained.map((index) => [index, word(index)])),
    columns: isIndexed
      ? {
          density: numbers('density', 0.4),
          mean: numbers('mean', 1),
          max: numbers('max', 12),
          kurtosis: numbers('kurtosis', 3),
          topToken: Int32Array.from({ length: size }, (_, i) => (i % 13 === 12 ? -1 : i % TOKENS.length)),
        }
      : null,
    id: (index) => formatUnit(unitAt(family, index)),
    tokenText: (token) => TOKENS[token] ?? '',
  };
}

/** Units that fire on a text, the strongest first. */
export function matchesOf(on: string, off: string | null, count: number): ShownMatches {
  const list = familyOf(SMALL, '3-res', true);
  const matches = Array.from({ length: count }, (_, i): ExampleMatch => ({
    ...rowOf(list, 3 * i),
    on: 9 / (1 + i / 4),
    off: off === null ? 0 : 2 * noise('off', i),
    token: TOKENS[i % TOKENS.length] ?? '',
  }));
  return { on, off, matches };
}
