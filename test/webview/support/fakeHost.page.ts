import { InterpError, type ErrorCode } from '../../../src/core/errors.ts';
import { serve, type Handlers, type Port } from '../../../src/protocol/rpc.ts';
import type {
  PersistedView,
  TraceState,
  TraceView,
  TraceViewContract,
  TraceViewEvents,
} from '../../../src/protocol/viewContract.ts';
import { candidates, heatMap, lens, patternOf, topHeads, topLatents, topNeurons, VIEWS } from './fixtures.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { THEMES, type ThemeName } from './themes.ts';

/** What a test sees of the host behind the page. */
export interface FakeHost {
  readonly calls: { readonly method: string; readonly params: unknown }[];
  state: unknown;
  /** Answers of this method wait until they are released, in the order given (default: as asked). */
  hold(method: string): void;
  release(method: string, order?: readonly number[]): Promise<void>;
  held(method: string): number;
  /** Makes the method fail from now on; null = work again. */
  fail(method: string, code: ErrorCode | null): void;
  setTrace(name: ScenarioName): void;
  select(selection: TraceViewEvents['selection/didChange']['selection']): void;
  setTheme(name: ThemeName): void;
}

declare global {
  interface Window {
    fakeHost: FakeHost;
    acquireVsCodeApi: () => unknown;
  }
}

const query = new URLSearchParams(location.search);
/** What the page keeps belongs to one visit: a reload is the same visit, the next test is another. */
const STATE_KEY = `state of visit ${query.get('visit') ?? ''}`;

function applyTheme(name: ThemeName): void {
  const theme = THEMES[name];
  const root = document.documentElement;
  root.style.cssText = '';
  for (const [key, value] of Object.entries(theme.variables))
    root.style.setProperty(`--vscode-${key}`, value);
  document.body.className = theme.bodyClass;
}

const waiting = new Map<string, (() => void)[]>();
const failing = new Map<string, ErrorCode>();
const toHost = new Set<(frame: unknown) => void>();
const port: Port = {
  send: (frame) => window.postMessage(frame, location.origin),
  listen: (onFrame) => {
    toHost.add(onFrame);
    return () => void toHost.delete(onFrame);
  },
};

async function gate<T>(method: string, params: unknown, answer: () => T): Promise<T> {
  host.calls.push({ method, params });
  const queue = waiting.get(method);
  if (queue !== undefined) await new Promise<void>((resolve) => void queue.push(resolve));
  const code = failing.get(method);
  if (code !== undefined) throw new InterpError(code, `${method} failed as the test asked.`);
  return answer();
}

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

const host: FakeHost = {
  calls: [],
  state: JSON.parse(sessionStorage.getItem(STATE_KEY) ?? 'null') as unknown,
  hold: (method) => void waiting.set(method, []),
  release: async (method, order) => {
    const queue = waiting.get(method) ?? [];
    waiting.delete(method);
    for (const i of order ?? queue.keys()) {
      queue[i]?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
  held: (method) => waiting.get(method)?.length ?? 0,
  fail: (method, code) => void (code === null ? failing.delete(method) : failing.set(method, code)),
  setTrace: (name) => server.emit('trace/didChange', SCENARIOS[name]),
  select: (selection) => server.emit('selection/didChange', { selection }),
  setTheme: applyTheme,
};
window.fakeHost = host;
window.acquireVsCodeApi = () => ({
  postMessage: (frame: unknown) => {
    // As between processes: a copy, later.
    const copy: unknown = structuredClone(frame);
    queueMicrotask(() => {
      for (const listener of toHost) listener(copy);
    });
  },
  getState: () => host.state ?? undefined,
  setState: (state: unknown) => {
    host.state = state;
    sessionStorage.setItem(STATE_KEY, JSON.stringify(state));
  },
});

applyTheme((query.get('theme') ?? 'dark') as ThemeName);
