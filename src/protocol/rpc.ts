import { InterpError, isInterpError, toInterpError } from '../core/errors.ts';
import type { Progress } from './engineContract.ts';
import { fromWireError, toWireError, type WireError } from './wireError.ts';

/** A contract is an interface: method name -> its `params` and `result`. */
type Method<C> = keyof C & string;
type Params<C, M extends keyof C> = C[M] extends { params: infer P } ? P : never;
type Result<C, M extends keyof C> = C[M] extends { result: infer R } ? R : never;

/** One end of a channel: a forked process, a webview, or a pair in memory. */
export interface Port {
  send(frame: unknown): void;
  /** @returns a function that stops listening. */
  listen(onFrame: (frame: unknown) => void, onClose: (reason: string) => void): () => void;
}

type Frame =
  | { readonly t: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly t: 'cancel'; readonly id: number }
  | { readonly t: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly t: 'result'; readonly id: number; readonly result: unknown }
  | { readonly t: 'error'; readonly id: number; readonly error: WireError }
  | { readonly t: 'event'; readonly name: string; readonly payload: unknown };

/** What a handler gets besides its parameters. */
export interface JobContext {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
}

/** A handler for every method of the contract. */
export type Handlers<C> = {
  [M in Method<C>]: (params: Params<C, M>, job: JobContext) => Promise<Result<C, M>> | Result<C, M>;
};

/** How a request is cancelled and followed. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The end of a channel that asks. */
export interface Client<C> {
  /** Settles always: result, typed error, `cancelled` or `closed`. */
  request<M extends Method<C>>(
    method: M,
    params: Params<C, M>,
    options?: RequestOptions,
  ): Promise<Result<C, M>>;
  on(name: string, listener: (payload: unknown) => void): () => void;
  close(reason: string): void;
}

/** The end of a channel that answers, and tells unasked. */
export interface Server<E> {
  emit<N extends keyof E & string>(name: N, payload: E[N]): void;
  close(): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: InterpError): void;
  onProgress: ((progress: Progress) => void) | undefined;
  release(): void;
}

/** Client end of a channel. Closing rejects what is pending with `closed`. */
export function connect<C>(port: Port): Client<C> {
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(payload: unknown) => void>>();
  let nextId = 1;
  let closedBy: string | null = null;

  const settle = (id: number): Pending | undefined => {
    const entry = pending.get(id);
    pending.delete(id);
    entry?.release();
    return entry;
  };
  const closeAll = (reason: string): void => {
    if (closedBy !== null) return;
    closedBy = reason;
    stop();
    for (const id of [...pending.keys()]) settle(id)?.reject(new InterpError('closed', reason));
  };
  const receive = (value: unknown): void => {
    const frame = readFrame(value);
    if (frame?.t === 'result') settle(frame.id)?.resolve(frame.result);
    else if (frame?.t === 'error') settle(frame.id)?.reject(fromWireError(frame.error));
    else if (frame?.t === 'progress') pending.get(frame.id)?.onProgress?.(frame.progress);
    else if (frame?.t === 'event')
      for (const listener of listeners.get(frame.name) ?? []) listener(frame.payload);
  };
  const stop = port.listen(receive, closeAll);

  return {
    request: (method, params, options = {}) =>
      new Promise((resolve, reject) => {
        if (closedBy !== null) return reject(new InterpError('closed', closedBy));
        if (options.signal?.aborted === true)
          return reject(new InterpError('cancelled', `${method} was cancelled.`));
        const id = nextId++;
        const abort = (): void => {
          sendQuietly(port, { t: 'cancel', id });
          settle(id)?.reject(new InterpError('cancelled', `${method} was cancelled.`));
        };
        options.signal?.addEventListener('abort', abort, { once: true });
        pending.set(id, {
          resolve: (value) => resolve(value as never),
          reject,
          onProgress: options.onProgress,
          release: () => options.signal?.removeEventListener('abort', abort),
        });
        try {
          port.send({ t: 'request', id, method, params } satisfies Frame);
        } catch (error) {
          settle(id)?.reject(
            new InterpError('request/invalid', `${method} could not be sent.`, { cause: error }),
          );
        }
      }),
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => void set.delete(listener);
    },
    close: closeAll,
  };
}

/** Server end of a channel. A thrown handler, an unknown method and an unsendable result are error replies. */
export function serve<C, E = Record<string, never>>(port: Port, handlers: Handlers<C>): Server<E> {
  const running = new Map<number, AbortController>();
  const table = handlers as unknown as Record<string, (params: unknown, job: JobContext) => unknown>;

  const answer = async (frame: Extract<Frame, { t: 'request' }>): Promise<void> => {
    const controller = new AbortController();
    running.set(frame.id, controller);
    const job: JobContext = {
      signal: controller.signal,
      progress: (progress) => sendQuietly(port, { t: 'progress', id: frame.id, progress }),
    };
    try {
      const handler = Object.hasOwn(table, frame.method) ? table[frame.method] : undefined;
      if (!handler)
        throw new InterpError('request/unknown-method', `No method "${frame.method}" is served here.`);
      const result = await handler(frame.params, job);
      if (!controller.signal.aborted) port.send({ t: 'result', id: frame.id, result } satisfies Frame);
    } catch (error) {
      if (isInterpError(error, 'cancelled') && controller.signal.aborted) return;
      sendQuietly(port, { t: 'error', id: frame.id, error: toWireError(toInterpError(error)) });
    } finally {
      running.delete(frame.id);
    }
  };
  const abortAll = (): void => {
    for (const controller of running.values()) controller.abort();
  };
  const stop = port.listen((value) => {
    const frame = readFrame(value);
    if (frame?.t === 'request') void answer(frame);
    else if (frame?.t === 'cancel') running.get(frame.id)?.abort();
  }, abortAll);

  return {
    emit: (name, payload) => sendQuietly(port, { t: 'event', name, payload }),
    close: () => {
      stop();
      abortAll();
    },
  };
}

/** Sends what nobody waits for; a closed channel is not an error then. */
function sendQuietly(port: Port, frame: Frame): void {
  try {
    port.send(frame);
  } catch {
    // The other end is gone: it hears of it by its own close.
  }
}

const FRAME_TYPES = new Set(['request', 'cancel', 'progress', 'result', 'error', 'event']);

function readFrame(value: unknown): Frame | null {
  if (typeof value !== 'object' || value === null || !('t' in value)) return null;
  return typeof value.t === 'string' && FRAME_TYPES.has(value.t) ? (value as Frame) : null;
}
