import { InterpError } from '../core/errors.ts';
import { noPosition } from '../core/analysis/heatMap.ts';
import type { LiveTrace } from './liveTrace.ts';

/** The traces that views may read. The least recently used goes first. */
export interface LiveTraces {
  add(live: LiveTrace): void;
  /** @throws trace/expired */
  get(traceId: string): LiveTrace;
  /** The same, for a position (and layer) that must exist. @throws position/out-of-range, hook/unknown */
  at(traceId: string, position: number, layer?: number): LiveTrace;
  close(traceId: string): void;
  clear(): void;
  readonly size: number;
}

const MAX_TRACES = 24;
/** Block outputs that all traces keep together; the least recently used drop theirs, which can be computed again. */
const MAX_KEPT_BYTES = 256 * 2 ** 20;

export function createLiveTraces(): LiveTraces {
  const traces = new Map<string, LiveTrace>();
  const get = (traceId: string): LiveTrace => {
    const live = traces.get(traceId);
    if (!live) {
      throw new InterpError('trace/expired', 'This trace is no longer held by the engine.', {
        data: { traceId },
      });
    }
    traces.delete(traceId);
    traces.set(traceId, live);
    return live;
  };
  return {
    add: (live) => {
      traces.set(live.id, live);
      for (const oldest of traces.keys()) if (traces.size > MAX_TRACES) traces.delete(oldest);
      let kept = 0;
      for (const { trace } of [...traces.values()].toReversed()) {
        kept += trace.keptBytes;
        if (kept > MAX_KEPT_BYTES) trace.forget();
      }
    },
    get,
    at: (traceId, position, layer = 0) => {
      const live = get(traceId);
      const size = live.tokens.length;
      if (!Number.isInteger(position) || position < 0 || position >= size) throw noPosition(position, size);
      live.trace.residPre(layer);
      return live;
    },
    close: (traceId) => void traces.delete(traceId),
    clear: () => traces.clear(),
    get size() {
      return traces.size;
    },
  };
}
