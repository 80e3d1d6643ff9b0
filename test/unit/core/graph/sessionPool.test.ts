import assert from 'node:assert/strict';
import { ints, type GraphSession, type SessionFactory } from '../../../../src/core/graph/session.ts';
import { sessionPool, type SessionPool } from '../../../../src/core/graph/sessionPool.ts';

/** Native sessions that are loaded now, in the order of loading. */
interface Bench {
  readonly pool: SessionPool;
  readonly live: string[];
  loads: number;
  /** Loads a session that copies so many bytes when packed. */
  open(name: string, packed: number): Promise<GraphSession>;
}

function bench(
  limits: { readonly budget: number; readonly maxSessions?: number },
  run = async () => {},
): Bench {
  const live: string[] = [];
  const inner: SessionFactory = {
    create: async ({ name }) => {
      if (name === 'broken') throw new Error('cannot be loaded');
      live.push(name);
      made.loads++;
      return {
        run: async () => {
          assert.ok(live.includes(name), `${name} runs after it was released`);
          await run();
          return new Map([['y', ints([1])]]);
        },
        release: async () => void live.splice(live.indexOf(name), 1),
      };
    },
  };
  const pool = sessionPool(inner, { budget: () => limits.budget, maxSessions: limits.maxSessions ?? 100 });
  const made: Bench = {
    pool,
    live,
    loads: 0,
    open: (name, packed) =>
      pool.create({ name, bytes: new Uint8Array(), folder: null, copies: { packed, folded: 0 } }, 'prepack'),
  };
  return made;
}

describe('sessionPool', () => {
  it('passes on what an output is to be written into', async () => {
    const given: unknown[] = [];
    const run: GraphSession['run'] = async (...asked) => {
      given.push(...asked);
      return new Map();
    };
    const inner: SessionFactory = { create: async () => ({ run, release: async () => {} }) };
    const pool = sessionPool(inner, { budget: () => 0, maxSessions: 1 });
    const model = { name: 'a', bytes: new Uint8Array(), folder: null, copies: { packed: 0, folded: 0 } };
    const [x, into] = [{ x: ints([1]) }, { y: ints([2]) }];
    await (await pool.create(model, 'mapped')).run(x, ['y'], into);
    assert.deepEqual(given, [x, ['y'], into]);
  });

  it('releases the least recently used session when copies exceed the budget, and loads it again to run', async () => {
    const { pool, live, open } = bench({ budget: 100 });
    const a = await open('a', 50);
    await open('b', 50);
    await a.run({}, ['y']);
    await open('c', 50);
    assert.deepEqual(live, ['a', 'c']);
    assert.equal(pool.heldBytes(), 100);
    const b = await open('d', 0);
    assert.equal((await b.run({}, ['y'])).size, 1);
    await a.run({}, ['y']);
    assert.deepEqual(live, ['a', 'c', 'd']);
  });

  it('runs a released session after loading it once for all who ask', async () => {
    const made = bench({ budget: 50 });
    const a = await made.open('a', 50);
    await made.open('b', 50);
    assert.deepEqual(made.live, ['b']);
    await Promise.all([a.run({}, ['y']), a.run({}, ['y'])]);
    assert.deepEqual([made.live, made.loads], [['a'], 3]);
  });

  it('never releases a session that runs', async () => {
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    const { pool, live, open } = bench({ budget: 50 }, () => held);
    const a = await open('a', 50);
    const running = a.run({}, ['y']);
    await open('b', 50);
    await pool.giveBack(1000);
    assert.deepEqual(live, ['a']);
    finish();
    await running;
  });

  it('gives back as much as is asked for, of sessions that hold something', async () => {
    const { pool, live, open } = bench({ budget: 1000 });
    for (const [name, bytes] of [
      ['mapped', 0],
      ['a', 50],
      ['b', 50],
      ['c', 50],
    ] as const)
      await open(name, bytes);
    await pool.giveBack(60);
    assert.deepEqual(live, ['mapped', 'c']);
    await pool.giveBack(-1);
    assert.deepEqual(live, ['mapped', 'c']);
  });

  it('keeps no more sessions than it may', async () => {
    const { live, open } = bench({ budget: 0, maxSessions: 2 });
    for (const name of ['a', 'b', 'c']) await open(name, 0);
    assert.deepEqual(live, ['b', 'c']);
  });

  it('tells what is wrong with a graph when it is loaded, and holds nothing of it', async () => {
    const { pool, open } = bench({ budget: 100 });
    await assert.rejects(open('broken', 50), /cannot be loaded/);
    assert.equal(pool.heldBytes(), 0);
  });

  it('counts half-precision copies unless weights are cast in every run', async () => {
    const { pool } = bench({ budget: 1000 });
    const graph = { name: 'g', bytes: new Uint8Array(), folder: null, copies: { packed: 7, folded: 30 } };
    await pool.create(graph, 'cast');
    assert.equal(pool.heldBytes(), 0);
    await pool.create(graph, 'mapped');
    assert.equal(pool.heldBytes(), 30);
    await pool.create(graph, 'prepack');
    assert.equal(pool.heldBytes(), 67);
  });
});
