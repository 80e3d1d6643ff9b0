import { toInterpError, type InterpError } from '../../../src/core/errors.ts';
import type { ExplanationRecord, Revision } from '../../../src/core/explain/explanation.ts';
import { PER_SPLIT } from '../../../src/core/explain/splits.ts';
import {
  SCORERS,
  type ExplainEstimate,
  type Explainer,
  type SimulatorChoice,
} from '../../../src/protocol/explainContract.ts';
import type { Progress } from '../../../src/protocol/engineContract.ts';
import type { UnitViewContract } from '../../../src/protocol/unitViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';

type Options = UnitViewContract['explain/unit']['params']['options'];

/** Something to explain, score or revise with. */
export interface ExplainTask {
  /** `Explaining with the language model`. */
  readonly title: string;
  readonly options: Options;
  /** Record to revise; null = explain or score. */
  readonly revise: string | null;
}

/** What is under way: the cost is being found out or confirmed, or the task runs. */
export type Under =
  | { readonly step: 'asking'; readonly task: ExplainTask; readonly estimate: ExplainEstimate | null }
  | { readonly step: 'running'; readonly task: ExplainTask; readonly progress: Progress | null };

export function taskOptions(
  explainer: Explainer,
  {
    useLanguage,
    simulator = 'auto',
  }: { readonly useLanguage: boolean; readonly simulator?: SimulatorChoice },
): Options {
  return {
    explainer,
    simulator,
    scorers: SCORERS,
    calibration: 'linear',
    perSplit: PER_SPLIT,
    seed: 0,
    useLanguage,
  };
}

/** Explains, scores and revises: one task at a time, with its cost first where a language model is asked. */
export class Explaining {
  under: Under | null = null;
  error: InterpError | null = null;
  /** The last revision, told until something else is done. */
  revision: Revision | null = null;
  #last: ExplainTask | null = null;
  #controller: AbortController | null = null;
  readonly #client: Client<UnitViewContract>;
  readonly #onChange: () => void;
  readonly #onDone: (record: ExplanationRecord, task: ExplainTask) => void;

  constructor(
    client: Client<UnitViewContract>,
    on: {
      readonly change: () => void;
      readonly done: (record: ExplanationRecord, task: ExplainTask) => void;
    },
  ) {
    this.#client = client;
    this.#onChange = on.change;
    this.#onDone = on.done;
  }

  /** Starts at once, or, where a language model is asked, shows first what it will cost. */
  async begin(task: ExplainTask): Promise<void> {
    if (this.under?.step === 'running') return;
    this.#stop();
    this.error = null;
    this.revision = null;
    this.#last = task;
    if (!task.options.useLanguage) return this.#run(task);
    const controller = this.#start({ step: 'asking', task, estimate: null });
    try {
      const { options } = task;
      const estimate = await this.#client.request(
        'explain/estimate',
        { options },
        { signal: controller.signal },
      );
      if (this.#controller === controller) this.#set({ step: 'asking', task, estimate });
    } catch (error) {
      if (this.#controller === controller) this.#fail(error);
    }
  }

  /** The cost was read and agreed to. */
  async confirm(): Promise<void> {
    if (this.under?.step === 'asking') await this.#run(this.under.task);
  }

  async retry(): Promise<void> {
    if (this.#last !== null) await this.begin(this.#last);
  }

  cancel(): void {
    this.#stop();
    this.#set(null);
  }

  /** Of the host: `null` when it has ended, which the answer itself says. */
  setProgress(progress: Progress | null): void {
    if (this.under?.step === 'running' && progress !== null)
      this.#set({ step: 'running', task: this.under.task, progress });
  }

  /** For another unit. */
  reset(): void {
    this.#stop();
    this.under = null;
    this.error = null;
    this.revision = null;
    this.#last = null;
  }

  async #run(task: ExplainTask): Promise<void> {
    const controller = this.#start({ step: 'running', task, progress: null });
    const { options, revise } = task;
    const { signal } = controller;
    try {
      let record: ExplanationRecord;
      if (revise === null) {
        record = await this.#client.request('explain/unit', { options }, { signal });
        if (this.#controller !== controller) return;
      } else {
        const revision = await this.#client.request('explain/revise', { id: revise, options }, { signal });
        if (this.#controller !== controller) return;
        this.revision = revision;
        record = revision.kept === 'after' ? revision.after : revision.before;
      }
      this.#controller = null;
      this.under = null;
      this.#onDone(record, task);
    } catch (error) {
      if (this.#controller === controller) this.#fail(error);
    }
  }

  #start(under: Under): AbortController {
    const controller = new AbortController();
    this.#controller?.abort();
    this.#controller = controller;
    this.#set(under);
    return controller;
  }

  #stop(): void {
    const controller = this.#controller;
    this.#controller = null;
    controller?.abort();
  }

  #fail(thrown: unknown): void {
    const error = toInterpError(thrown);
    this.#controller = null;
    this.error = error.code === 'cancelled' || error.code === 'closed' ? null : error;
    this.#set(null);
  }

  #set(under: Under | null): void {
    this.under = under;
    this.#onChange();
  }
}
