import type { TraceViewContract } from '../../protocol/viewContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { PromptSession } from '../session/session.ts';
import * as read from './validate.ts';

type Reads = Handlers<Pick<TraceViewContract, Extract<keyof TraceViewContract, `trace/${string}`>>>;

/** Trace reads of a page, checked and passed on to the engine. */
export function traceReads(session: PromptSession): Reads {
  return {
    'trace/heatMap': (params, { signal }) => {
      const fields = read.fieldsOf(params);
      const asked = { traceId: read.text(fields, 'traceId'), quantity: read.quantity(fields['quantity']) };
      return session.request('trace/heatMap', asked, { signal });
    },
    'trace/candidates': (params, { signal }) => session.request('trace/candidates', at(params), { signal }),
    'trace/lens': (params, { signal }) => session.request('trace/lens', at(params), { signal }),
    'trace/topNeurons': (params, { signal }) =>
      session.request('trace/topNeurons', inLayer(params), { signal }),
    'trace/topHeads': (params, { signal }) => session.request('trace/topHeads', inLayer(params), { signal }),
    'trace/topLatents': (params, { signal }) =>
      session.request('trace/topLatents', inLayer(params), { signal }),
    'trace/pattern': (params, { signal }) => {
      const fields = read.fieldsOf(params);
      const traceId = read.text(fields, 'traceId');
      const asked = { traceId, layer: read.index(fields, 'layer'), head: read.index(fields, 'head') };
      return session.request('trace/pattern', asked, { signal });
    },
  };
}

function at(params: unknown): { traceId: string; position: number; k: number } {
  const fields = read.fieldsOf(params);
  return {
    traceId: read.text(fields, 'traceId'),
    position: read.index(fields, 'position'),
    k: read.count(fields, 'k'),
  };
}

function inLayer(params: unknown): { traceId: string; position: number; k: number; layer: number } {
  return { ...at(params), layer: read.index(read.fieldsOf(params), 'layer') };
}
