import { InterpError } from '../../../src/core/errors.ts';
import { toWireError } from '../../../src/protocol/wireError.ts';
import type { TraceState } from '../../../src/protocol/viewContract.ts';
import { VIEWS } from './fixtures.ts';

const crashed = toWireError(new InterpError('engine/crashed', 'The engine ended while tracing ioi.prompt.'));

/** Every state that the panel can be in. */
export const SCENARIOS = {
  ioi: { state: 'ready', view: VIEWS.ioi },
  one: { state: 'ready', view: VIEWS.one },
  long: { state: 'ready', view: VIEWS.long },
  emoji: { state: 'ready', view: VIEWS.emoji },
  empty: { state: 'empty', reason: 'The prompt is empty. Type some text below the front matter.' },
  loading: { state: 'loading', message: 'Opening underglass-tiny', last: null },
  retracing: { state: 'loading', message: 'Tracing ioi.prompt', last: VIEWS.ioi },
  stale: { state: 'stale', reason: 'The text has changed since this trace.', last: VIEWS.ioi },
  error: { state: 'error', error: crashed, last: null },
  failed: { state: 'error', error: crashed, last: VIEWS.ioi },
} satisfies Record<string, TraceState>;

export type ScenarioName = keyof typeof SCENARIOS;
