import type { InterpError } from '../../core/errors.ts';
import type { DebugPageView, DebugState } from '../../protocol/debugViewContract.ts';
import { toWireError } from '../../protocol/wireError.ts';

/**
 * What a debug view shows of a run that came to nothing. What only lacks something to start from is empty and says what
 * to give: running it again would not mend it.
 */
export function failedState(error: InterpError, last: DebugPageView | null): DebugState {
  switch (error.code) {
    case 'cancelled': {
      const reason = 'The run was cancelled.';
      return last ? { state: 'stale', reason, last } : { state: 'empty', reason };
    }
    case 'scalar/no-target':
      return { state: 'empty', reason: 'No target is given: which next token should be explained?' };
    case 'prompt/empty':
      return { state: 'empty', reason: error.message };
    default:
      return { state: 'error', error: toWireError(error), last };
  }
}
