import { cancelled, throwIfCancelled } from '../../core/errors.ts';
import { NO_MORE } from '../../core/explain/language/askAll.ts';

/** A result that was fetched once for all who asked for it. */
export interface Shared<T> {
  readonly value: T;
  /** True for exactly one of those who got the value: the one that pays. */
  readonly pays: boolean;
}

interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
  paid: boolean;
}

/** Equal requests at the same time share one; it is ended when all who wait for it have gone. */
export interface Flights<T> {
  share(key: string, signal: AbortSignal, fetch: (signal: AbortSignal) => Promise<T>): Promise<Shared<T>>;
}

export function createFlights<T>(): Flights<T> {
  const flights = new Map<string, Flight<T>>();

  const start = (key: string, fetch: (signal: AbortSignal) => Promise<T>): Flight<T> => {
    const stop = new AbortController();
    const result = fetch(stop.signal).finally(() => {
      if (flights.get(key)?.stop === stop) flights.delete(key);
    });
    const flight: Flight<T> = { result, stop, waiting: 0, paid: false };
    flights.set(key, flight);
    return flight;
  };
  /** What is being ended may still be putting away what it got: whoever asks the same waits for that, then starts anew. */
  const join = async (
    key: string,
    signal: AbortSignal,
    fetch: (signal: AbortSignal) => Promise<T>,
  ): Promise<Flight<T>> => {
    for (;;) {
      throwIfCancelled(signal);
      const flight = flights.get(key);
      if (flight === undefined || !flight.stop.signal.aborted) {
        const joined = flight ?? start(key, fetch);
        joined.waiting++;
        return joined;
      }
      await untilCancelled(Promise.allSettled([flight.result]), signal);
    }
  };
  return {
    share: async (key, signal, fetch) => {
      const flight = await join(key, signal, fetch);
      // Who wants nothing more sent still waits for what was: its answer is paid for.
      const sendNoMore = (): void => {
        if (signal.reason === NO_MORE && flight.waiting === 1) flight.stop.abort(NO_MORE);
      };
      signal.addEventListener('abort', sendNoMore, { once: true });
      try {
        const value = await untilCancelled(flight.result, signal);
        const pays = !flight.paid;
        flight.paid = true;
        return { value, pays };
      } finally {
        signal.removeEventListener('abort', sendNoMore);
        flight.waiting--;
        if (flight.waiting === 0) flight.stop.abort();
      }
    },
  };
}

async function untilCancelled<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const gone = new Promise<never>((_, reject) => {
    stop = () => {
      if (signal.reason !== NO_MORE) reject(cancelled(signal.reason));
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([result, gone]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
