import { CONCEPT_LABEL, type WordsOfUnit } from '../../../src/core/trace/words.ts';
import type { ListedExplanation } from '../../../src/core/explain/explanation.ts';
import { InterpError } from '../../../src/core/errors.ts';
import { OPENING_ID, writeOpening } from '../../../src/protocol/opening.ts';
import { serve, type Handlers } from '../../../src/protocol/rpc.ts';
import {
  FIRST_WINDOWS,
  type PersistedUnit,
  type UnitOpening,
  type UnitPageView,
  type UnitState,
  type UnitTab,
  type UnitViewContract,
  type UnitViewEvents,
} from '../../../src/protocol/unitViewContract.ts';
import { openFakePage, type FakePage } from './fakePage.ts';
import { detailOf, LISTED, record, revisionOf } from './unitExplanations.ts';
import {
  effectsOf,
  example,
  groups,
  summaryOf,
  UNIT_CASES,
  viewOf,
  weights,
  type UnitCase,
} from './unitFixtures.ts';

/** What a test sees of the host behind the unit page. */
export interface FakeUnitHost extends FakePage {
  setUnit(name: UnitCase): void;
  progress(done: number | null): void;
  link(tab: UnitTab): void;
  made(unit: string, id: string): void;
}

const query = new URLSearchParams(location.search);
const { page, port, gate } = openFakePage(query);
let state: UnitState = UNIT_CASES[(query.get('case') ?? 'latent') as UnitCase];
let listed: readonly ListedExplanation[] = /unexplained|many|dead|evil|no-index/u.test(
  query.get('case') ?? '',
)
  ? []
  : LISTED;

const shown = (): UnitPageView | null => (state.state === 'ready' ? state.view : state.last);
const unitId = (): string => shown()?.summary.id ?? '3-res/412';
const NEW: PersistedUnit = {
  version: 1,
  model: null,
  unit: unitId(),
  tab: null,
  test: '',
  words: '',
  explanation: null,
  guess: false,
};

/** Writes what the page starts with into its HTML, as the host does. */
function writeIntoPage(opening: UnitOpening): void {
  const data = document.createElement('script');
  data.type = 'application/json';
  data.id = OPENING_ID;
  data.textContent = writeOpening(opening);
  document.body.append(data);
}

if (query.get('case') === 'written' && state.state === 'ready') {
  const first = { explanations: listed, top: groups(unitId(), 'top', 0, FIRST_WINDOWS) };
  writeIntoPage({ persisted: NEW, unit: { ...state, first } });
}

function setState(next: UnitState): void {
  state = next;
  server.emit('unit/didChange', next);
}

/** Words as tokens, much as the model would. */
function tokensOf(text: string): readonly string[] {
  return ['<|endoftext|>', ...(text.match(/\s?[^\s]+|\s/gu) ?? [])];
}

const handlers: Handlers<UnitViewContract> = {
  'view/ready': (params) =>
    gate('view/ready', params, () => ({ persisted: params.persisted ?? NEW, unit: state })),
  'unit/open': (params) =>
    gate('unit/open', params, () => {
      if (!/^(\d-\w+\/\d+|L\d+[HN]\d+|attn_L\d+_\d+)$/u.test(params.unit))
        throw new InterpError('unit/unknown', `"${params.unit}" is not a unit id.`);
      const id = params.unit === 'attn_L3_1' ? 'L3H1' : params.unit;
      if (id !== '3-res/412') listed = [];
      setState({ state: 'ready', view: viewOf(summaryOf(id)) });
      return null;
    }),
  'unit/pin': (params) =>
    gate('unit/pin', params, () => {
      const view = shown();
      if (view !== null) setState({ state: 'ready', view: { ...view, pinned: params.pinned } });
      return null;
    }),
  'unit/examples': (params) =>
    gate('unit/examples', params, () => groups(unitId(), params.set, params.from, params.count)),
  'unit/logits': (params) =>
    gate('unit/logits', params, () => ({
      output: unitId().includes('H')
        ? null
        : {
            top: weights([' Mary', ' Anna', ' her', ' she', '\n'], 2.4),
            bottom: weights([' John', ' him', ' he'], -1.9),
          },
      outputHistogram: unitId().includes('H')
        ? null
        : {
            min: -2,
            width: 0.1,
            counts: Array.from({ length: 45 }, (_, i) => Math.round(900 * Math.exp(-(((i - 20) / 8) ** 2)))),
          },
      input: { top: weights([' gave', ' handed'], 1.1), bottom: weights([' the', ','], -0.6) },
      notes: ['Write direction times the gain of the last LayerNorm, on the unembedding, minus its mean.'],
    })),
  'unit/related': (params) =>
    gate('unit/related', params, () => ({
      upstream: [
        { id: 'L2N377', value: 0.42, known: said('verbs of giving', { score: 0.71 }) },
        { id: 'L1N12', value: -0.2, known: null },
      ],
      downstream: [
        {
          id: '3-res/97',
          value: 0.31,
          known: said('end of an indirect-object sentence', { score: 0.52, stale: true }),
        },
      ],
      coactive: [
        {
          id: '3-res/413',
          value: 0.77,
          known: said('any token after “gave”', { by: 'n2g', score: 0.23, isPattern: true }),
        },
      ],
      cosine: [
        {
          id: '3-res/98',
          value: 0.91,
          known: said('names seen once so far', { by: CONCEPT_LABEL, score: 0.84 }),
        },
      ],
    })),
  'unit/head': (params) =>
    gate('unit/head', params, () => ({
      previousToken: 0.04,
      duplicateToken: 0.61,
      induction: 0.12,
      firstToken: 0.2,
      entropy: 1.31,
      topPairs: [
        { query: ' to', key: ' Mary', value: 3.2, count: 41 },
        { query: ' gave', key: ' John', value: 1.1, count: 12 },
      ],
    })),
  'unit/effects': (params) =>
    gate('unit/effects', params, () =>
      effectsOf(
        params.text === null ? example(unitId(), 'top', params.sequence ?? 0).tokens : tokensOf(params.text),
      ),
    ),
  'unit/test': (params) =>
    gate('unit/test', params, () => {
      const tokens = tokensOf(params.text);
      const activations = Float32Array.from(tokens.map((token) => (/Mary|Anna/u.test(token) ? 4.2 : 0)));
      const position = Math.max(
        0,
        activations.findIndex((value) => value > 0),
      );
      const one = { ...example(unitId(), 'top', 0), tokens, activations, pairs: null, key: null, position };
      return { set: 'top', title: 'Your text', total: 1, examples: [{ ...one, source: 'your text' }] };
    }),
  'explain/list': (params) => gate('explain/list', params, () => listed),
  'explain/detail': (params) => gate('explain/detail', params, () => detailOf(params.id, unitId())),
  'explain/remove': (params) =>
    gate('explain/remove', params, () => {
      listed = listed.filter((each) => each.record.id !== params.id);
      return null;
    }),
  'explain/estimate': (params) =>
    gate('explain/estimate', params, () => ({
      units: 1,
      large: false,
      requests: 12,
      promptTokens: 18_400,
      completionTokens: 2100,
    })),
  'explain/unit': (params) =>
    gate('explain/unit', params, () => {
      const { explainer } = params.options;
      const made =
        explainer.kind === 'human'
          ? record({
              id: 'e-own',
              explanation: explainer.words,
              explainer: 'human',
              explainerKind: 'human',
              score: 0.55,
              scores: null,
            })
          : record({ id: `e-new-${explainer.kind}`, explainer: explainer.kind });
      listed = [
        ...listed.filter((each) => each.record.id !== made.id),
        { record: made, stale: null, hasDetail: true },
      ];
      return made;
    }),
  'explain/revise': (params) =>
    gate('explain/revise', params, () => {
      const before = listed.find((each) => each.record.id === params.id)?.record ?? record({});
      const revision = revisionOf(before);
      listed = [...listed, { record: revision.after, stale: null, hasDetail: true }];
      return revision;
    }),
  'prompt/open': (params) => gate('prompt/open', params, () => null),
  'link/copy': (params) => gate('link/copy', params, () => null),
  'file/export': (params) => gate('file/export', params, () => null),
  'clipboard/write': (params) => gate('clipboard/write', params, () => null),
  'command/run': (params) => gate('command/run', params, () => null),
  'view/violation': (params) => gate('view/violation', params, () => null),
};

const server = serve<UnitViewContract, UnitViewEvents>(port, handlers);
(window as unknown as { fakeHost: FakeUnitHost }).fakeHost = Object.assign(page, {
  setUnit: (name: UnitCase) => setState(UNIT_CASES[name]),
  link: (tab: UnitTab) => server.emit('view/didLink', { tab }),
  made: (unit: string, id: string) => server.emit('explain/didMake', { unit, id }),
  progress: (done: number | null) =>
    server.emit(
      'explain/didProgress',
      done === null ? null : { done, total: 12, message: `${done} of 12 windows` },
    ),
});

function said(words: string, about: Partial<WordsOfUnit>): WordsOfUnit {
  return { words, by: 'summary', score: null, stale: false, ...about };
}
