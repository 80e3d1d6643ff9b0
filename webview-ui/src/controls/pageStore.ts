import { toInterpError, type InterpError } from '../../../src/core/errors.ts';

/** What the state of every page has: listeners, and the failure of something that has no pane of its own. */
export class PageStore {
  failure: InterpError | null = null;
  readonly #listeners = new Set<() => void>();

  /** @returns a function that stops listening. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  dismissFailure(): void {
    this.failure = null;
    this.changed();
  }

  /** Waits for a request that nobody else waits for; its failure is shown. */
  tell(request: Promise<unknown>): void {
    request.catch((error: unknown) => this.fail(error));
  }

  fail(thrown: unknown): void {
    const error = toInterpError(thrown);
    if (error.code === 'cancelled' || error.code === 'closed') return;
    this.failure = error;
    this.changed();
  }

  /** Draws the page again. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
