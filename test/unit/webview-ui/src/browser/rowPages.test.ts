import assert from 'node:assert/strict';
import type { UnitRow } from '../../../../../src/core/records/readings.ts';
import type { UnitList } from '../../../../../src/protocol/recordsContract.ts';
import { RowPages } from '../../../../../webview-ui/src/browser/rowPages.ts';

interface Asked {
  readonly from: number;
  readonly signal: AbortSignal;
  answer(list: UnitList): void;
  fail(): void;
}

function row(id: string): UnitRow {
  return {
    id,
    words: null,
    wordsBy: null,
    score: null,
    stale: false,
    density: null,
    max: null,
    topToken: null,
  };
}

function listOf(name: string, from: number, total: number): UnitList {
  const count = Math.min(100, total - from);
  return { total, rows: Array.from({ length: count }, (_, i) => row(`${name}${from + i}`)) };
}

/** Pages whose answers the test gives. */
function open(): { pages: RowPages; asked: Asked[]; fetch: Parameters<RowPages['load']>[1] } {
  const asked: Asked[] = [];
  const fetch: Parameters<RowPages['load']>[1] = (from, _count, signal) =>
    new Promise((resolve, reject) => {
      asked.push({ from, signal, answer: resolve, fail: () => reject(new Error('no')) });
    });
  return { pages: new RowPages(() => undefined), asked, fetch };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('rows in pages', () => {
  it('asks for the page in view, once, and cancels what left the view', async () => {
    const { pages, asked, fetch } = open();
    pages.load('a', fetch);
    asked[0]?.answer(listOf('a', 0, 1000));
    await settle();
    pages.see(250, 260);
    pages.see(250, 260);
    pages.see(510, 520);
    assert.deepEqual(
      asked.map(({ from, signal }) => [from, signal.aborted]),
      [
        [0, false],
        [200, true],
        [500, false],
      ],
    );
    asked[2]?.answer(listOf('a', 500, 1000));
    await settle();
    assert.deepEqual(
      [pages.total, pages.row(3)?.id, pages.row(250), pages.row(510)?.id],
      [1000, 'a3', undefined, 'a510'],
    );
  });

  it('drops the answer to an older query, whenever it comes', async () => {
    const { pages, asked, fetch } = open();
    pages.load('a', fetch);
    pages.load('b', fetch);
    asked[1]?.answer(listOf('b', 0, 5));
    await settle();
    asked[0]?.answer(listOf('a', 0, 9));
    await settle();
    assert.deepEqual([pages.key, pages.total, pages.row(0)?.id], ['b', 5, 'b0']);
    assert.equal(asked[0]?.signal.aborted, true);
  });

  it('keeps the last rows until the next answer is there', async () => {
    const { pages, asked, fetch } = open();
    pages.load('a', fetch);
    asked[0]?.answer(listOf('a', 0, 5));
    await settle();
    pages.load('b', fetch);
    assert.deepEqual([pages.status, pages.key, pages.row(0)?.id], ['loading', 'a', 'a0']);
  });

  it('reads pages in view again one by one, without a gap', async () => {
    const { pages, asked, fetch } = open();
    pages.load('a', fetch);
    asked[0]?.answer(listOf('a', 0, 1000));
    await settle();
    pages.see(95, 105);
    asked[1]?.answer(listOf('a', 100, 1000));
    await settle();
    pages.again();
    asked[2]?.answer(listOf('z', 0, 1000));
    await settle();
    assert.deepEqual([pages.row(0)?.id, pages.row(100)?.id], ['z0', 'a100']);
    pages.see(95, 105);
    asked[3]?.answer(listOf('z', 100, 1000));
    await settle();
    assert.equal(pages.row(100)?.id, 'z100');
  });

  it('tells a failure, and asks again', async () => {
    const { pages, asked, fetch } = open();
    pages.load('a', fetch);
    asked[0]?.fail();
    await settle();
    assert.deepEqual([pages.status, pages.error?.code], ['error', 'internal/bug']);
    pages.again();
    asked[1]?.answer(listOf('a', 0, 1));
    await settle();
    assert.deepEqual([pages.status, pages.error, pages.total], ['ready', null, 1]);
  });
});
