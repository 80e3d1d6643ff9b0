import type {
  ManyState,
  ManyViewContract,
  ManyViewEvents,
  PersistedMany,
} from '../../../src/protocol/manyViewContract.ts';
import { serve, type Handlers } from '../../../src/protocol/rpc.ts';
import { openFakePage, type FakePage } from './fakePage.ts';
import { MANY_CASES, meansOf, type ManyCase } from './manyFixtures.ts';

/** What a test sees of the host behind the page of many prompts. */
export interface FakeManyHost extends FakePage {
  setMany(name: ManyCase): void;
}

const query = new URLSearchParams(location.search);
const { page, port, gate } = openFakePage(query);
let state: ManyState = MANY_CASES[(query.get('case') ?? 'ready') as ManyCase];
const NEW: PersistedMany = {
  version: 1,
  title: state.title,
  uris: state.prompts.map(({ uri }) => uri),
  tab: null,
  options: null,
};

const handlers: Handlers<ManyViewContract> = {
  'view/ready': (params) =>
    gate('view/ready', params, () => ({ persisted: params.persisted ?? NEW, many: state })),
  'many/nodes': (params) => gate('many/nodes', params, () => meansOf(state)),
  'many/sweepRows': (params) =>
    gate('many/sweepRows', params, () => (state.sweep === null ? [] : meansOf(state))),
  'many/each': (params) =>
    gate('many/each', params, () => state.prompts.map(({ value }) => (value === null ? null : value / 2))),
  'many/setOptions': (params) => gate('many/setOptions', params, () => null),
  'many/sweep': (params) => gate('many/sweep', params, () => null),
  'prompt/open': (params) => gate('prompt/open', params, () => null),
  'file/export': (params) => gate('file/export', params, () => null),
  'clipboard/write': (params) => gate('clipboard/write', params, () => null),
  'command/run': (params) => gate('command/run', params, () => null),
  'view/violation': (params) => gate('view/violation', params, () => null),
};

const server = serve<ManyViewContract, ManyViewEvents>(port, handlers);
(window as unknown as { fakeHost: FakeManyHost }).fakeHost = Object.assign(page, {
  setMany: (name: ManyCase) => {
    state = MANY_CASES[name];
    server.emit('many/didChange', state);
  },
});
