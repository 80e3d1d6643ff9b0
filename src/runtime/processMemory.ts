import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Of x64 and of almost every arm64; a larger one makes the figure too small. */
const LINUX_PAGE = 4096;

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

/** Memory of this process that no other shares and no file backs. Elsewhere than on Linux: all that is resident. */
export function ownBytes(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  const [, resident = 0, shared = 0] = readFileSync('/proc/self/statm', 'utf8').split(' ').map(Number);
  return (resident - shared) * LINUX_PAGE;
}
