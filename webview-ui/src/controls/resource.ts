import { toInterpError, type InterpError } from '../../../src/core/errors.ts';

/** What a pane knows of something that it asked for. `value` is the last result, kept while a newer one loads. */
export interface Reading<T> {
  readonly status: 'idle' | 'loading' | 'ready' | 'error';
  /** What `value` answers; differs from `asked` while loading. */
  readonly key: string | null;
  readonly value: T | null;
  readonly error: InterpError | null;
}

/** A value asked for by key. Only the newest request counts: older ones are cancelled and their results dropped. */
export class Resource<T> {
  #reading: Reading<T> = { status: 'idle', key: null, value: null, error: null };
  #asked: string | null = null;
  #generation = 0;
  #controller: AbortController | null = null;
  #again: (() => void) | null = null;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get reading(): Reading<T> {
    return this.#reading;
  }

  /** Asks once per key; asking again for the same key does nothing, unless by `retry`. */
  load(key: string, fetch: (signal: AbortSignal) => Promise<T>): void {
    if (key === this.#asked) return;
    this.#asked = key;
    this.#again = () => void this.#fetch(key, fetch);
    this.#again();
  }

  /** Takes what was read with something else already: asking for the same key asks nothing. */
  give(key: string, value: T): void {
    this.reset();
    this.#asked = key;
    this.#set({ status: 'ready', key, value, error: null });
  }

  /** Asks once more for what was asked last. */
  retry(): void {
    this.#again?.();
  }

  /** Forgets everything; what is under way is cancelled. */
  reset(): void {
    this.#generation++;
    this.#controller?.abort();
    this.#asked = null;
    this.#again = null;
    this.#reading = { status: 'idle', key: null, value: null, error: null };
  }

  async #fetch(key: string, fetch: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    const generation = ++this.#generation;
    this.#set({ ...this.#reading, status: 'loading', error: null });
    try {
      const value = await fetch(controller.signal);
      if (generation !== this.#generation) return;
      this.#set({ status: 'ready', key, value, error: null });
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#set({ ...this.#reading, status: 'error', error: toInterpError(error) });
    }
  }

  #set(reading: Reading<T>): void {
    this.#reading = reading;
    this.#onChange();
  }
}
