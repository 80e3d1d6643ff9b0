import { InterpError } from '../../../src/core/errors.ts';
import { serve, type Handlers } from '../../../src/protocol/rpc.ts';
import type {
  PersistedView,
  TraceState,
  TraceView,
  TraceViewContract,
  TraceViewEvents,
} from '../../../src/protocol/viewContract.ts';
import { candidates, heatMap, lens, patternOf, topHeads, topLatents, topNeurons, VIEWS } from './fixtures.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { openFakePage, type FakePage } from './fakePage.ts';

/** What a test sees of the host behind the page. */
export interface FakeHost extends FakePage {
  setTrace(name: ScenarioName): void;
  select(selection: TraceViewEvents['selection/didChange']['selection']): void;
}

declare global {
  interface Window {
    fakeHost: FakeHost;
  }
}

const query = new URLSearchParams(location.search);
const { page, port, gate } = openFakePage(query);

function viewFor(traceId: string): TraceView {
  const view = Object.values(VIEWS).find(({ summary }) => summary.traceId === traceId);
  if (view === undefined) throw new InterpError('trace/expired', `There is no trace ${traceId}.`);
  return view;
}

function firstState(): TraceState {
  return SCENARIOS[(query.get('case') ?? 'ioi') as ScenarioName];
}

const EMPTY: PersistedView = {
  version: 1,
  uri: 'file:///ioi.prompt',
  range: null,
  selection: null,
  tab: null,
};

const handlers: Handlers<TraceViewContract> = {
  'view/ready': (params) =>
    gate('view/ready', params, () => ({ persisted: params.persisted ?? EMPTY, trace: firstState() })),
  'selection/set': (params) => gate('selection/set', params, () => null),
  'editor/reveal': (params) => gate('editor/reveal', params, () => null),
  'clipboard/write': (params) => gate('clipboard/write', params, () => null),
  'command/run': (params) => gate('command/run', params, () => null),
  'unit/open': (params) => gate('unit/open', params, () => null),
  'view/violation': (params) => gate('view/violation', params, () => null),
  'trace/heatMap': (params) =>
    gate('trace/heatMap', params, () => heatMap(viewFor(params.traceId), params.quantity)),
  'trace/candidates': (params) =>
    gate('trace/candidates', params, () => candidates(params.k, Math.abs(14 - params.position) % 12)),
  'trace/lens': (params) => gate('trace/lens', params, () => lens(viewFor(params.traceId), params.k)),
  'trace/topNeurons': (params) =>
    gate('trace/topNeurons', params, () => topNeurons(params.position, params.layer, params.k)),
  'trace/topHeads': (params) =>
    gate('trace/topHeads', params, () => topHeads(viewFor(params.traceId), params.position, params.layer)),
  'trace/topLatents': (params) =>
    gate('trace/topLatents', params, () =>
      topLatents(viewFor(params.traceId), params.position, params.layer, params.k),
    ),
  'trace/pattern': (params) =>
    gate('trace/pattern', params, () => patternOf(viewFor(params.traceId), params.layer, params.head)),
};
const server = serve<TraceViewContract, TraceViewEvents>(port, handlers);

window.fakeHost = Object.assign(page, {
  setTrace: (name: ScenarioName) => server.emit('trace/didChange', SCENARIOS[name]),
  select: (selection: TraceViewEvents['selection/didChange']['selection']) =>
    server.emit('selection/didChange', { selection }),
});
