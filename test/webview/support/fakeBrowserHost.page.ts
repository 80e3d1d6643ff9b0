import { listUnits, type ListedFamily } from '../../../src/core/records/units/unitList.ts';
import type {
  BrowserState,
  BrowserViewContract,
  BrowserViewEvents,
  PersistedBrowser,
  ShownMatches,
} from '../../../src/protocol/browserViewContract.ts';
import type { UnitList, UnitQuery } from '../../../src/protocol/recordsContract.ts';
import { serve, type Handlers } from '../../../src/protocol/rpc.ts';
import { BROWSER_CASES, familyOf, matchesOf, type BrowserCase } from './browserFixtures.ts';
import { openFakePage, type FakePage } from './fakePage.ts';

/** What a test sees of the host behind the feature browser. */
export interface FakeBrowserHost extends FakePage {
  setBrowser(name: BrowserCase): void;
  /** Takes the words from every unit, or gives them back, and tells the page. */
  setExplained(isExplained: boolean): void;
  match(asked: { on: string; off: string | null; count: number } | null): void;
}

const query = new URLSearchParams(location.search);
const { page, port, gate } = openFakePage(query);
let state: BrowserState = BROWSER_CASES[(query.get('case') ?? 'ready') as BrowserCase];
let isExplained = true;
const pins = new Set(['3-res/2', '3-res/5']);
const families = new Map<string, ListedFamily>();
const NEW: PersistedBrowser = {
  version: 1,
  family: null,
  text: '',
  sort: 'id',
  falling: false,
  category: 'all',
  pinnedOnly: false,
};

function withPins(shown: BrowserState): BrowserState {
  return shown.state === 'ready' ? { ...shown, view: { ...shown.view, pins: [...pins] } } : shown;
}

function family(id: string): ListedFamily {
  const view = state.state === 'ready' ? state.view : state.last;
  if (view === null) throw new Error('no model is open');
  const key = `${view.model.modelId} ${id} ${view.index !== null}`;
  const known = families.get(key) ?? familyOf(view.model, id, view.index !== null);
  families.set(key, known);
  return isExplained ? known : { ...known, words: NO_WORDS };
}
const NO_WORDS: ListedFamily['words'] = new Map();

function list({ pinnedOnly, ...asked }: UnitQuery & { pinnedOnly: boolean }): UnitList {
  if (!pinnedOnly) return listUnits(family(asked.family), asked);
  const { rows } = listUnits(family(asked.family), { ...asked, from: 0, count: Infinity });
  const pinned = rows.filter(({ id }) => pins.has(id));
  return { total: pinned.length, rows: pinned.slice(asked.from, asked.from + asked.count) };
}

const handlers: Handlers<BrowserViewContract> = {
  'view/ready': (params) =>
    gate('view/ready', params, () => ({ persisted: params.persisted ?? NEW, browser: withPins(state) })),
  'unit/list': (params) => gate('unit/list', params, () => list(params)),
  'unit/open': (params) => gate('unit/open', params, () => null),
  'unit/pin': (params) =>
    gate('unit/pin', params, () => {
      if (params.pinned) pins.add(params.unit);
      else pins.delete(params.unit);
      server.emit('browser/didChange', withPins(state));
      return null;
    }),
  'clipboard/write': (params) => gate('clipboard/write', params, () => null),
  'command/run': (params) => gate('command/run', params, () => null),
  'view/violation': (params) => gate('view/violation', params, () => null),
};

const server = serve<BrowserViewContract, BrowserViewEvents>(port, handlers);
(window as unknown as { fakeHost: FakeBrowserHost }).fakeHost = Object.assign(page, {
  setBrowser: (name: BrowserCase) => {
    state = BROWSER_CASES[name];
    server.emit('browser/didChange', withPins(state));
  },
  setExplained: (value: boolean) => {
    isExplained = value;
    server.emit('units/didChange', {});
  },
  match: (asked: { on: string; off: string | null; count: number } | null) => {
    const shown: ShownMatches | null = asked && matchesOf(asked.on, asked.off, asked.count);
    server.emit('browser/didMatch', shown);
  },
});
