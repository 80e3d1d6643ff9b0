import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | null = null;

/**
 * Frees dropped tensors now. V8 sees their buffers as a few small objects and would let hundreds of megabytes wait;
 * a full collection takes 10 to 30 ms. Call it after dropping large traces, not in a loop.
 */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** Buffers alive or waiting to be collected, in bytes. */
export function bufferBytes(): number {
  return process.memoryUsage().arrayBuffers;
}
