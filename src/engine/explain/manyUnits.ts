import { isInterpError, toInterpError } from '../../core/errors.ts';
import type { Cost, ExplanationRecord } from '../../core/explain/explanation.ts';
import { FREE } from '../../core/explain/recordJson.ts';
import type { ManyExplained } from '../../protocol/explainContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { ExplainedUnit } from './explainUnit.ts';

export interface ManyTask {
  readonly units: readonly string[];
  readonly concurrency: number;
  /** A fresh record of the same kind that is kept already; null = the unit is explained. */
  known(unit: string): Promise<ExplanationRecord | null>;
  explain(unit: string, signal: AbortSignal): Promise<ExplainedUnit>;
  /** Keeps what was done; called with several at once. */
  keep(done: readonly ExplainedUnit[]): Promise<void>;
  readonly job: JobContext;
}

/** Done units are written together: a file of explanations is rewritten as a whole. */
const KEPT_TOGETHER = 64;
const KEPT_EVERY_MS = 2000;

/**
 * Explains units one after the other, some at once. A unit that cannot be explained is listed and the others go on; a
 * used-up budget or a cancel ends the run. Everything that was done is kept.
 */
export async function explainMany(task: ManyTask): Promise<ManyExplained> {
  const { units, job } = task;
  const state = new Run(task);
  const stop = new AbortController();
  const cancel = (): void => stop.abort(job.signal.reason);
  if (job.signal.aborted) cancel();
  job.signal.addEventListener('abort', cancel);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < units.length && !stop.signal.aborted) {
      const unit = units[next++];
      if (unit === undefined) return;
      if (await state.one(unit, stop.signal)) continue;
      stop.abort();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, task.concurrency) }, worker));
  } finally {
    job.signal.removeEventListener('abort', cancel);
    await state.flush();
  }
  if (job.signal.aborted) state.stopped = 'cancelled';
  return state.result();
}

class Run {
  stopped: ManyExplained['stopped'] = null;
  private readonly task: ManyTask;
  private readonly started = performance.now();
  private readonly failed: ManyExplained['failed'][number][] = [];
  private waiting: ExplainedUnit[] = [];
  private kept = performance.now();
  private done = 0;
  private skipped = 0;
  private cost: Cost = FREE;

  constructor(task: ManyTask) {
    this.task = task;
  }

  /** @returns whether to go on. */
  async one(unit: string, signal: AbortSignal): Promise<boolean> {
    try {
      if (await this.task.known(unit)) this.skipped++;
      else await this.take(await this.task.explain(unit, signal));
    } catch (error) {
      if (signal.aborted || isInterpError(error, 'cancelled')) return false;
      const { code, message } = toInterpError(error);
      if (code === 'language/budget') {
        this.stopped = 'budget';
        return false;
      }
      this.failed.push({ unit, code, reason: message });
      // Every further unit would fail like this one.
      if (
        code === 'language/refused' ||
        code === 'language/unreachable' ||
        code === 'language/not-configured'
      ) {
        await this.flush();
        throw error;
      }
    }
    this.tell();
    return true;
  }

  async flush(): Promise<void> {
    const ready = this.waiting;
    this.waiting = [];
    this.kept = performance.now();
    if (ready.length > 0) await this.task.keep(ready);
  }

  result(): ManyExplained {
    const { done, skipped, failed, cost, stopped } = this;
    return { asked: this.task.units.length, done, skipped, failed, cost, stopped };
  }

  private async take(explained: ExplainedUnit): Promise<void> {
    this.done++;
    const { requests, promptTokens, completionTokens } = explained.record.cost;
    this.cost = {
      requests: this.cost.requests + requests,
      promptTokens: this.cost.promptTokens + promptTokens,
      completionTokens: this.cost.completionTokens + completionTokens,
    };
    this.waiting.push(explained);
    const late = performance.now() - this.kept > KEPT_EVERY_MS;
    if (late || this.waiting.length >= KEPT_TOGETHER) await this.flush();
  }

  private tell(): void {
    const total = this.task.units.length;
    const finished = this.done + this.skipped + this.failed.length;
    const worked = this.done + this.failed.length;
    const seconds = (performance.now() - this.started) / 1000;
    const left = worked > 0 ? (seconds / worked) * (total - finished) : 0;
    const rate =
      seconds > 1 && worked > 0 ? `, ${(worked / seconds).toPrecision(2)}/s, ${duration(left)} left` : '';
    this.task.job.progress({ done: finished, total, message: `${finished} of ${total} units${rate}` });
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
