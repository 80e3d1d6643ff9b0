import { isInterpError, throwIfCancelled } from '../../core/errors.ts';

/** Does it once more when the engine ended in the middle, which then starts again by itself. */
export async function surviving<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await job();
  } catch (error) {
    throwIfCancelled(signal);
    if (!isInterpError(error, 'engine/crashed')) throw error;
    return job();
  }
}
