import type { JobContext } from '../protocol/rpc.ts';
import type { Progress } from '../protocol/engineContract.ts';
import type { CliIo } from './io.ts';

/** Jobs that end sooner than this show no progress line. */
const PATIENCE_MS = 500;

/** A job that Ctrl-C cancels, with one progress line on a terminal. `clear` removes the line. */
export function cliJob(signal: AbortSignal, io: CliIo): JobContext & { clear(): void } {
  const started = performance.now();
  let shown = false;
  return {
    signal,
    progress: ({ done, total, message }: Progress) => {
      if (!io.progress || performance.now() - started < PATIENCE_MS) return;
      io.err(`\r\u001b[K${message} (${Math.round((100 * done) / Math.max(total, 1))} %)`);
      shown = true;
    },
    clear: () => {
      if (shown) io.err('\r\u001b[K');
      shown = false;
    },
  };
}
