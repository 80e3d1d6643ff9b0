import type { DebugReads } from '../../protocol/debugViewContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { count, fieldsOf, index, text } from '../panels/validate.ts';
import type { DebugSession } from './debugSession.ts';
import { MeasuredParts } from './measuredParts.ts';
import * as read from './validateDebug.ts';

/** Reads of a debug page, checked and passed on to the engine. */
export function debugReads(session: DebugSession): Handlers<DebugReads> {
  return {
    'debug/table': (params, { signal }) => session.request('debug/table', read.view(params), { signal }),
    'debug/measure': (params, { signal }) => {
      const asked = { ...read.view(params), nodes: read.nodes(fieldsOf(params)['nodes']) };
      return session.request('debug/measure', asked, { signal });
    },
    'debug/candidates': (params, { signal }) => {
      const fields = fieldsOf(params);
      const asked = { ...read.view(params), k: count(fields, 'k'), filter: text(fields, 'filter') };
      return session.request('debug/candidates', asked, { signal });
    },
    'debug/detail': (params, { signal }) => {
      const fields = fieldsOf(params);
      const asked = { ...read.view(params), node: read.node(fields['node']), k: count(fields, 'k') };
      return session.request('debug/detail', asked, { signal });
    },
    'debug/attention': (params, { signal }) => {
      const fields = fieldsOf(params);
      const asked = {
        debugId: text(fields, 'debugId'),
        side: read.side(fields['side']),
        layer: index(fields, 'layer'),
      };
      return session.request('debug/attention', asked, { signal });
    },
    'debug/layers': (params, { signal }) => {
      const fields = fieldsOf(params);
      const asked = { debugId: text(fields, 'debugId'), options: read.options(fields['options']) };
      return session.request('debug/layers', asked, { signal });
    },
    ...debugSweeps(session),
    'debug/continue': (params, { signal, progress }) => {
      const fields = fieldsOf(params);
      const asked = {
        debugId: text(fields, 'debugId'),
        max: count(fields, 'max'),
        temperature: read.amount(fields, 'temperature'),
        seed: index(fields, 'seed'),
      };
      return session.request('debug/continue', asked, { signal, onProgress: progress });
    },
  };
}

/** What is measured part by part; what a run has measured is held for a page that is made again. */
function debugSweeps(
  session: DebugSession,
): Pick<Handlers<DebugReads>, 'debug/sweepPlan' | 'debug/sweepPart' | 'debug/patchPart'> {
  const measured = new MeasuredParts();
  return {
    'debug/sweepPlan': (params, { signal }) => {
      const fields = fieldsOf(params);
      const layer = fields['layer'] === null ? null : index(fields, 'layer');
      return session.request('debug/sweepPlan', { ...sweep(params), layer }, { signal });
    },
    'debug/sweepPart': (params, { signal, progress }) => {
      const asked = { ...sweep(params), part: text(fieldsOf(params), 'part') };
      return measured.get('debug/sweepPart', asked, () =>
        session.request('debug/sweepPart', asked, { signal, onProgress: progress }),
      );
    },
    'debug/patchPart': (params, { signal, progress }) => {
      const fields = fieldsOf(params);
      const asked = { debugId: text(fields, 'debugId'), part: read.patchPart(fields['part']) };
      return measured.get('debug/patchPart', asked, () =>
        session.request('debug/patchPart', asked, { signal, onProgress: progress }),
      );
    },
  };
}

function sweep(params: unknown): ReturnType<typeof read.view> & {
  readonly kind: ReturnType<typeof read.sweepKind>;
  readonly positions: string;
} {
  const fields = fieldsOf(params);
  const kind = read.sweepKind(fields['kind']);
  return { ...read.view(params), kind, positions: text(fields, 'positions') };
}
