import assert from 'node:assert/strict';
import { NO_MORE } from '../../../../src/core/explain/language/askAll.ts';
import { expectError } from '../../../support/expectError.ts';
import { createFlights } from '../../../../src/runtime/language/flights.ts';

const SIGNAL = new AbortController().signal;

interface Opened {
  readonly signal: AbortSignal;
  resolve(value: string): void;
  reject(error: Error): void;
}

describe('flights', () => {
  /** Fetches that wait to be told how they end. */
  const opened: Opened[] = [];
  const fetch = async (signal: AbortSignal): Promise<string> =>
    new Promise<string>((resolve, reject) => opened.push({ signal, resolve, reject }));
  const at = (index: number): Opened => opened[index] ?? assert.fail('not fetched');
  const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  beforeEach(() => opened.splice(0));

  it('fetches once for all who ask at the same time, and one pays', async () => {
    const flights = createFlights<string>();
    const both = [flights.share('a', SIGNAL, fetch), flights.share('a', SIGNAL, fetch)];
    const other = flights.share('b', SIGNAL, fetch);
    await turn();
    assert.equal(opened.length, 2);
    at(0).resolve('A');
    at(1).resolve('B');
    const shared = await Promise.all(both);
    assert.deepEqual(
      shared.map(({ value, pays }) => [value, pays]),
      [
        ['A', true],
        ['A', false],
      ],
    );
    assert.deepEqual(await other, { value: 'B', pays: true });
  });

  it('fetches again what was fetched before, or failed', async () => {
    const flights = createFlights<string>();
    const first = flights.share('a', SIGNAL, fetch);
    await turn();
    at(0).reject(new Error('failed'));
    await assert.rejects(first, /failed/);
    const second = flights.share('a', SIGNAL, fetch);
    await turn();
    at(1).resolve('A');
    assert.equal((await second).value, 'A');
  });

  it('goes on while somebody waits, and ends when nobody does', async () => {
    const flights = createFlights<string>();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [flights.share('a', one.signal, fetch), flights.share('a', two.signal, fetch)];
    await turn();
    one.abort();
    await expectError(() => waiting[0], 'cancelled');
    assert.equal(at(0).signal.aborted, false);
    two.abort();
    await expectError(() => waiting[1], 'cancelled');
    assert.equal(at(0).signal.aborted, true);
  });

  it('waits for what was sent when nothing more is to be sent', async () => {
    const flights = createFlights<string>();
    const stop = new AbortController();
    const sent = flights.share('a', stop.signal, fetch);
    await turn();
    stop.abort(NO_MORE);
    assert.equal(at(0).signal.reason, NO_MORE);
    at(0).resolve('paid for');
    assert.deepEqual(await sent, { value: 'paid for', pays: true });
    await expectError(() => flights.share('b', stop.signal, fetch), 'cancelled');
    assert.equal(opened.length, 1);
  });

  it('waits for what is being ended before it starts anew', async () => {
    const flights = createFlights<string>();
    const stop = new AbortController();
    const gone = flights.share('a', stop.signal, fetch);
    await turn();
    stop.abort();
    await expectError(() => gone, 'cancelled');
    const next = flights.share('a', SIGNAL, fetch);
    await turn();
    assert.equal(opened.length, 1);
    at(0).resolve('put away');
    await turn();
    assert.equal(opened.length, 2);
    at(1).resolve('A');
    assert.deepEqual(await next, { value: 'A', pays: true });
  });
});
