import { InterpError } from '../../../src/core/errors.ts';
import type {
  PersistedReport,
  ReportState,
  ReportViewContract,
  ReportViewEvents,
} from '../../../src/protocol/reportViewContract.ts';
import { serve, type Handlers } from '../../../src/protocol/rpc.ts';
import { openFakePage, type FakePage } from './fakePage.ts';
import { cardsOf, ratingsOf, REPORT_CASES, reportOf, type ReportCase } from './reportFixtures.ts';

/** What a test sees of the host behind the report page. */
export interface FakeReportHost extends FakePage {
  setReport(name: ReportCase): void;
  didRecord(): void;
  askTab(tab: PersistedReport['tab']): void;
  /** Cards dealt so far are forgotten, as when the engine is started again. */
  forgetCards(): void;
}

const query = new URLSearchParams(location.search);
const { page, port, gate } = openFakePage(query);
let name = (query.get('case') ?? 'ready') as ReportCase;
let state: ReportState = REPORT_CASES[name];
let deals = 0;
let rated = 0;
let known = new Set<string>();
const NEW: PersistedReport = {
  version: 1,
  model: null,
  tab: 'report',
  explainer: null,
  families: [],
  count: 10,
  seed: 7,
  card: null,
  words: '',
  points: { confidence: null, strong: null, weak: null, logits: null },
};

const handlers: Handlers<ReportViewContract> = {
  'view/ready': (params) =>
    gate('view/ready', params, () => ({ persisted: params.persisted ?? NEW, report: state })),
  'explain/report': (params) => gate('explain/report', params, () => reportOf(name, params.explainer)),
  'rating/deal': (params) =>
    gate('rating/deal', params, () => {
      const cards = cardsOf(params.count, ++deals);
      known = new Set(cards.map(({ cardId }) => cardId));
      return cards;
    }),
  'rating/save': (params) =>
    gate('rating/save', params, () => {
      if (!known.has(params.cardId)) throw new InterpError('explain/unknown', 'This card is not known.');
      return { unit: ++rated % 2 === 1 ? 'L3N88' : '3-res/412' };
    }),
  'rating/report': (params) => gate('rating/report', params, () => ratingsOf(rated)),
  'tab/show': (params) => gate('tab/show', params, () => null),
  'unit/open': (params) => gate('unit/open', params, () => null),
  'file/export': (params) => gate('file/export', params, () => null),
  'clipboard/write': (params) => gate('clipboard/write', params, () => null),
  'command/run': (params) => gate('command/run', params, () => null),
  'view/violation': (params) => gate('view/violation', params, () => null),
};

const server = serve<ReportViewContract, ReportViewEvents>(port, handlers);
(window as unknown as { fakeHost: FakeReportHost }).fakeHost = Object.assign(page, {
  setReport: (next: ReportCase) => {
    name = next;
    state = REPORT_CASES[name];
    server.emit('report/didChange', state);
  },
  didRecord: () => server.emit('records/didChange', {}),
  askTab: (tab: PersistedReport['tab']) => server.emit('tab/didAsk', { tab }),
  forgetCards: () => known.clear(),
});
