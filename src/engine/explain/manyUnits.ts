import { isInterpError, toInterpError } from '../../core/errors.ts';
import type { Cost } from '../../core/explain/explanation.ts';
import type { ManyExplained } from '../../protocol/explainContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { ExplainedUnit } from './explainUnit.ts';

export interface ManyTask {
  readonly units: readonly string[];
  /** Units that have a fresh record of the same kind already. */
  readonly known: ReadonlySet<string>;
  readonly concurrency: number;
  explain(unit: string, signal: AbortSignal): Promise<ExplainedUnit>;
  /** Keeps what was done; called with several at once. */
  keep(done: readonly ExplainedUnit[]): Promise<void>;
  /** What was spent so far, on units that failed too. */
  spent(): Cost;
  readonly job: JobContext;
}

/** Done units are written together: a file of explanations is rewritten as a whole. */
const KEPT_TOGETHER = 64;
const KEPT_EVERY_MS = 2000;

/** Every further unit would fail like this one. */
const FATAL: ReadonlySet<string> = new Set([
  'language/refused',
  'language/unreachable',
  'language/not-configured',
]);

/**
 * Explains units one after the other, some at once. A unit that cannot be explained is listed and the others go on; a
 * used-up budget or a cancel ends the run. Whatever was done is kept, however the run ends.
 * @throws language/refused and its like, file/unwritable, after what was done was kept
 */
export async function explainMany(task: ManyTask): Promise<ManyExplained> {
  const { units, known, job } = task;
  const run = new Run(task);
  const { signal } = job;
  let ended = false;
  const left = units.filter((unit) => !known.has(unit)).values();
  const worker = async (): Promise<void> => {
    for (const unit of left) {
      if (ended || signal.aborted) return;
      try {
        ended = !(await run.one(unit, signal)) || ended;
      } catch (error) {
        ended = true;
        throw error;
      }
    }
  };
  run.tell();
  // When one worker ends the run the others finish the unit they are at: what they have asked is paid for.
  const ends = await Promise.allSettled(Array.from({ length: Math.max(1, task.concurrency) }, worker));
  await run.flush();
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure && !signal.aborted) throw failure.reason;
  if (signal.aborted) run.stopped = 'cancelled';
  return run.result();
}

class Run {
  stopped: ManyExplained['stopped'] = null;
  private readonly task: ManyTask;
  private readonly started = performance.now();
  private readonly failed: ManyExplained['failed'][number][] = [];
  private readonly skipped: number;
  private waiting: readonly ExplainedUnit[] = [];
  private kept = performance.now();
  private done = 0;

  constructor(task: ManyTask) {
    this.task = task;
    this.skipped = task.units.filter((unit) => task.known.has(unit)).length;
  }

  /** @returns whether to go on. */
  async one(unit: string, signal: AbortSignal): Promise<boolean> {
    const explained = await this.explain(unit, signal);
    if (explained === 'stop') return false;
    if (explained) await this.take(explained);
    this.tell();
    return true;
  }

  /** @throws file/unwritable; what could not be written is tried again by the next one. */
  async flush(): Promise<void> {
    const ready = this.waiting;
    this.waiting = [];
    this.kept = performance.now();
    if (ready.length === 0) return;
    try {
      await this.task.keep(ready);
    } catch (error) {
      this.waiting = [...ready, ...this.waiting];
      throw error;
    }
  }

  result(): ManyExplained {
    const { done, skipped, failed, stopped, task } = this;
    return { asked: task.units.length, done, skipped, failed, cost: task.spent(), stopped };
  }

  tell(): void {
    const total = this.task.units.length;
    const worked = this.done + this.failed.length;
    const finished = worked + this.skipped;
    const seconds = (performance.now() - this.started) / 1000;
    const left = worked > 0 ? (seconds / worked) * (total - finished) : 0;
    const rate =
      seconds > 1 && worked > 0 ? `, ${(worked / seconds).toPrecision(2)}/s, ${duration(left)} left` : '';
    this.task.job.progress({ done: finished, total, message: `${finished} of ${total} units${rate}` });
  }

  /** Null: it cannot be explained, and is listed. @throws what every other unit would fail with */
  private async explain(unit: string, signal: AbortSignal): Promise<ExplainedUnit | 'stop' | null> {
    try {
      return await this.task.explain(unit, signal);
    } catch (error) {
      if (signal.aborted || isInterpError(error, 'cancelled')) return 'stop';
      const { code, message } = toInterpError(error);
      if (code === 'language/budget') {
        this.stopped = 'budget';
        return 'stop';
      }
      if (FATAL.has(code)) throw error;
      this.failed.push({ unit, code, reason: message });
      return null;
    }
  }

  private async take(explained: ExplainedUnit): Promise<void> {
    this.done++;
    this.waiting = [...this.waiting, explained];
    const late = performance.now() - this.kept > KEPT_EVERY_MS;
    if (late || this.waiting.length >= KEPT_TOGETHER) await this.flush();
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
