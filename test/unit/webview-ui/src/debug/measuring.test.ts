import assert from 'node:assert/strict';
import { InterpError } from '../../../../../src/core/errors.ts';
import { formatNode, type Node } from '../../../../../src/core/trace/node.ts';
import type { MeasuredNode } from '../../../../../src/protocol/debugContract.ts';
import { CHUNK, Measuring } from '../../../../../webview-ui/src/debug/measuring.ts';

const NODES: readonly Node[] = Array.from({ length: 40 }, (_, position) => ({ kind: 'embedding', position }));

/** An engine whose answers the test lets go one by one. */
function engine(): {
  measure: (nodes: readonly Node[], signal: AbortSignal) => Promise<readonly MeasuredNode[]>;
  asked: (readonly Node[])[];
  signals: AbortSignal[];
  answer: () => Promise<void>;
  fail: () => Promise<void>;
} {
  const asked: (readonly Node[])[] = [];
  const signals: AbortSignal[] = [];
  const waiting: {
    resolve: (value: readonly MeasuredNode[]) => void;
    reject: (error: Error) => void;
    nodes: readonly Node[];
  }[] = [];
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    asked,
    signals,
    measure: (nodes, signal) =>
      new Promise((resolve, reject) => {
        asked.push(nodes);
        signals.push(signal);
        waiting.push({ resolve, reject, nodes });
      }),
    answer: () => {
      const next = waiting.shift();
      next?.resolve(
        next.nodes.map((node) => ({ name: formatNode(node), left: 1, right: null, leftFrozen: null })),
      );
      return settled();
    },
    fail: () => {
      waiting.shift()?.reject(new InterpError('engine/crashed', 'The engine ended.'));
      return settled();
    },
  };
}

describe('measuring', () => {
  it('goes chunk by chunk, one at a time, until all are measured', async () => {
    const { measure, asked, answer } = engine();
    const measuring = new Measuring(() => undefined);
    measuring.use('run', measure);
    measuring.all(NODES);
    assert.deepEqual(measuring.progress, { done: 0, total: 40 });
    await answer();
    assert.deepEqual(measuring.progress, { done: CHUNK, total: 40 });
    await answer();
    await answer();
    assert.equal(measuring.progress, null);
    assert.deepEqual(
      asked.map(({ length }) => length),
      [16, 16, 8],
    );
    assert.equal(measuring.results.size, 40);
  });

  it('measures what is in view before the rest, and nothing twice', async () => {
    const { measure, asked, answer } = engine();
    const measuring = new Measuring(() => undefined);
    measuring.use('run', measure);
    measuring.all(NODES);
    measuring.see(NODES.slice(30, 34));
    await answer();
    await answer();
    assert.deepEqual(asked[1]?.map(formatNode), ['E@30', 'E@31', 'E@32', 'E@33']);
    await answer();
    measuring.see(NODES.slice(0, 4));
    assert.equal(asked.flat().length, new Set(asked.flat().map(formatNode)).size);
  });

  it('keeps what was measured when it is cancelled, and drops what comes late', async () => {
    const { measure, signals, answer } = engine();
    const measuring = new Measuring(() => undefined);
    measuring.use('run', measure);
    measuring.all(NODES);
    await answer();
    measuring.cancel();
    assert.equal(signals[1]?.aborted, true);
    await answer();
    assert.equal(measuring.results.size, CHUNK);
    assert.equal(measuring.busy, false);
    assert.equal(measuring.progress, null);
  });

  it('forgets the results of another run, and not those of the same', async () => {
    const { measure, answer } = engine();
    const measuring = new Measuring(() => undefined);
    measuring.use('run', measure);
    measuring.see(NODES.slice(0, 3));
    await answer();
    measuring.use('run', measure);
    assert.equal(measuring.results.size, 3);
    measuring.use('other', measure);
    assert.equal(measuring.results.size, 0);
  });

  it('stops at a failure, says it, and goes on when asked', async () => {
    const { measure, asked, answer, fail } = engine();
    const measuring = new Measuring(() => undefined);
    measuring.use('run', measure);
    measuring.see(NODES.slice(0, 3));
    await fail();
    assert.equal(measuring.error?.code, 'engine/crashed');
    measuring.see(NODES.slice(0, 3));
    assert.equal(asked.length, 1);
    measuring.retry();
    await answer();
    assert.equal(measuring.error, null);
    assert.equal(measuring.results.size, 3);
  });
});
