import type { InterpError } from '../../core/errors.ts';
import type { RunState } from '../../protocol/runState.ts';
import { toWireError } from '../../protocol/wireError.ts';

/**
 * What is shown of a run that came to nothing. What only lacks something to start from is empty and says what to give:
 * running it again would not mend it.
 */
export function failedState<V>(error: InterpError, last: V | null, cancelledReason: string): RunState<V> {
  switch (error.code) {
    case 'cancelled':
      return last === null
        ? { state: 'empty', reason: cancelledReason }
        : { state: 'stale', reason: cancelledReason, last };
    case 'scalar/no-target':
      return { state: 'empty', reason: 'No target is given: which next token should be explained?' };
    case 'prompt/empty':
      return { state: 'empty', reason: error.message };
    default:
      return { state: 'error', error: toWireError(error), last };
  }
}
