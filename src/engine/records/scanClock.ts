import type { Corpus } from '../../core/records/corpus.ts';
import type { ScanOptions } from '../../core/records/records.ts';
import type { Progress } from '../../protocol/engineContract.ts';
import type { ScanProgress } from './checkpoint.ts';

/** Time between checkpoints; longer where storing takes long, so that it costs at most one part in thirty. */
export const CHECKPOINT_MS = 5000;
const SHARE_OF_STORING = 30;
/** Parts of the whole in a progress report. */
const PARTS = 1000;

/** Speed, time left and when to store. */
export interface ScanClock {
  report(progress: ScanProgress): Progress;
  /** 0..1; null while it cannot be told. */
  done(progress: ScanProgress): number | null;
  checkpointDue(): boolean;
  /** Runs a checkpoint and learns how long it takes. */
  timed(store: () => Promise<void>): Promise<void>;
}

export function createScanClock(
  corpus: Pick<Corpus, 'bytes' | 'count'>,
  options: Pick<ScanOptions, 'maxTokens'>,
  from: ScanProgress,
  { checkpointMs, now = () => performance.now() }: { readonly checkpointMs: number; now?(): number },
): ScanClock {
  const started = now();
  let stored = started;
  let interval = checkpointMs;
  const done = ({ place, bytes }: ScanProgress): number | null => {
    const shares = [
      ...(options.maxTokens === null ? [] : [place.tokens / options.maxTokens]),
      ...(corpus.bytes === null ? [] : [bytes / Math.max(corpus.bytes, 1)]),
      ...(corpus.count === undefined ? [] : [place.document / Math.max(corpus.count, 1)]),
    ];
    return shares.length === 0 ? null : Math.min(1, Math.max(...shares));
  };
  return {
    done,
    report: (progress) => {
      const seconds = Math.max(now() - started, 1) / 1000;
      const rate = (progress.place.tokens - from.place.tokens) / seconds;
      const share = done(progress);
      const left =
        share === null ? null : ((1 - share) * seconds) / Math.max(share - (done(from) ?? 0), 1e-9);
      const time = left === null ? '' : `, ${duration(left)} left`;
      const message = `${count(progress.place.tokens)} tokens, ${count(rate)} tokens/s${time}`;
      return { done: Math.round((share ?? 0) * PARTS), total: PARTS, message };
    },
    checkpointDue: () => now() - stored >= interval,
    timed: async (store) => {
      const began = now();
      await store();
      stored = now();
      interval = checkpointMs === 0 ? 0 : Math.max(checkpointMs, SHARE_OF_STORING * (stored - began));
    },
  };
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `8 s`, `3 min`, `2 h 10 min`. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
