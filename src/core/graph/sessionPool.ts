import type { GraphModel } from './graphBuilder.ts';
import type { Feeds, GraphSession, SessionFactory, WeightPolicy } from './session.ts';

/** What sessions may take together. */
export interface PoolLimits {
  /** Bytes of private copies of weights that may be held, as memory stands now; `held` are held already. */
  budget(held: number): number;
  /** Each session has threads of its own. */
  readonly maxSessions: number;
}

/**
 * Sessions that let go of their memory when it is needed elsewhere: an idle one, the least recently used first, is
 * released, and loaded again from the same bytes under the same policy when it is run, so that results stay the same.
 */
export interface SessionPool extends SessionFactory {
  /** Bytes of private copies of weights. */
  heldBytes(): number;
  /** Releases idle sessions until so many bytes are given back, or none is left that would give any. */
  giveBack(bytes: number): Promise<void>;
}

interface Entry {
  readonly model: GraphModel;
  readonly policy: WeightPolicy;
  readonly bytes: number;
  native: Promise<GraphSession> | null;
  /** Runs under way: a session in use is never released. */
  running: number;
}

export function sessionPool(sessions: SessionFactory, limits: PoolLimits): SessionPool {
  /** Loaded ones, least recently used first. */
  const loaded = new Set<Entry>();
  const heldBytes = (): number => [...loaded].reduce((sum, { bytes }) => sum + bytes, 0);

  const letGo = async (entry: Entry): Promise<void> => {
    const { native } = entry;
    loaded.delete(entry);
    entry.native = null;
    await (await native)?.release();
  };
  /** Idle sessions that would help, oldest first. */
  const idle = (isHelp: (entry: Entry) => boolean): Entry[] =>
    [...loaded].filter((entry) => entry.running === 0 && isHelp(entry));
  const giveBack = async (bytes: number): Promise<void> => {
    let left = bytes;
    for (const entry of left > 0 ? idle((each) => each.bytes > 0) : []) {
      if (left <= 0) return;
      left -= entry.bytes;
      await letGo(entry);
    }
  };
  const makeRoom = async ({ bytes }: Entry): Promise<void> => {
    if (bytes > 0) await giveBack(heldBytes() + bytes - limits.budget(heldBytes()));
    const tooMany = loaded.size + 1 - limits.maxSessions;
    for (const entry of tooMany > 0 ? idle(() => true).slice(0, tooMany) : []) await letGo(entry);
  };
  const load = async (entry: Entry): Promise<GraphSession> => {
    await makeRoom(entry);
    return sessions.create(entry.model, entry.policy);
  };
  const open = async (entry: Entry): Promise<GraphSession> => {
    loaded.delete(entry);
    const native = (entry.native ??= load(entry));
    loaded.add(entry);
    try {
      return await native;
    } catch (error) {
      loaded.delete(entry);
      entry.native = null;
      throw error;
    }
  };
  const use = async <Result>(
    entry: Entry,
    run: (native: GraphSession) => Promise<Result>,
  ): Promise<Result> => {
    entry.running++;
    try {
      return await run(await open(entry));
    } finally {
      entry.running--;
    }
  };

  return {
    heldBytes,
    giveBack,
    create: async (model, policy) => {
      const entry: Entry = { model, policy, bytes: copiedBytes(model, policy), native: null, running: 0 };
      // Loaded at once: what is wrong with a graph is told by who asks for it.
      await use(entry, async () => {});
      return {
        run: (feeds: Feeds, fetches: readonly string[]) => use(entry, (native) => native.run(feeds, fetches)),
        release: () => letGo(entry),
      };
    },
  };
}

/** Bytes of weights that a session of this graph copies into private memory. */
function copiedBytes({ copies }: GraphModel, policy: WeightPolicy): number {
  if (policy === 'cast') return 0;
  return copies.folded + (policy === 'prepack' ? copies.packed : 0);
}
