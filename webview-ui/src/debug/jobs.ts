import { toInterpError, type InterpError } from '../../../src/core/errors.ts';

/** A job in parts: what was got stays when it is cancelled or fails. */
export class PartsJob<P, R> {
  parts: readonly P[] = [];
  /** Results so far, in the order of the parts. */
  done: readonly R[] = [];
  status: 'idle' | 'running' | 'cancelled' | 'ready' | 'error' = 'idle';
  error: InterpError | null = null;
  #controller: AbortController | null = null;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * Plans, then fetches part by part, at most `most` of them: the others stay to be run. A job that runs already is
   * cancelled; results of before are forgotten.
   */
  async run(
    plan: (signal: AbortSignal) => Promise<readonly P[]>,
    fetch: (part: P, signal: AbortSignal) => Promise<R>,
    { most = Infinity }: { readonly most?: number } = {},
  ): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.parts = [];
    this.done = [];
    this.#set('running', null);
    try {
      this.parts = await plan(controller.signal);
      for (const part of this.parts.slice(0, most)) {
        const result = await fetch(part, controller.signal);
        if (this.#controller !== controller) return;
        this.done = [...this.done, result];
        this.#set('running', null);
      }
      this.#set(most < this.parts.length ? 'cancelled' : 'ready', null);
    } catch (error) {
      if (this.#controller === controller) this.#set('error', toInterpError(error));
    }
  }

  cancel(): void {
    if (this.status !== 'running') return;
    this.#controller?.abort();
    this.#controller = null;
    this.#set('cancelled', null);
  }

  #set(status: PartsJob<P, R>['status'], error: InterpError | null): void {
    this.status = status;
    this.error = error;
    this.#onChange();
  }
}
