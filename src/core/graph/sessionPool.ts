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
  return new Pool(sessions, limits);
}

class Pool implements SessionPool {
  private readonly sessions: SessionFactory;
  private readonly limits: PoolLimits;
  /** Least recently used first. */
  private readonly loaded = new Set<Entry>();

  constructor(sessions: SessionFactory, limits: PoolLimits) {
    this.sessions = sessions;
    this.limits = limits;
  }

  async create(model: GraphModel, policy: WeightPolicy): Promise<GraphSession> {
    const entry: Entry = { model, policy, bytes: copiedBytes(model, policy), native: null, running: 0 };
    // Loaded at once: what is wrong with a graph is told to who asks for it.
    await this.use(entry, async () => {});
    return {
      run: (feeds: Feeds, fetches: readonly string[], into?: Feeds) =>
        this.use(entry, (native) => native.run(feeds, fetches, into)),
      release: () => this.letGo(entry),
    };
  }

  heldBytes(): number {
    return [...this.loaded].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async giveBack(bytes: number): Promise<void> {
    let left = bytes;
    for (const entry of left > 0 ? this.idle().filter((each) => each.bytes > 0) : []) {
      if (left <= 0) return;
      if (await this.letGoIdle(entry)) left -= entry.bytes;
    }
  }

  private async use<Result>(entry: Entry, run: (native: GraphSession) => Promise<Result>): Promise<Result> {
    entry.running++;
    try {
      return await run(await this.open(entry));
    } finally {
      entry.running--;
    }
  }

  private async open(entry: Entry): Promise<GraphSession> {
    this.loaded.delete(entry);
    const native = (entry.native ??= this.load(entry));
    this.loaded.add(entry);
    try {
      return await native;
    } catch (error) {
      this.loaded.delete(entry);
      entry.native = null;
      throw error;
    }
  }

  private async load(entry: Entry): Promise<GraphSession> {
    await this.makeRoom(entry.bytes);
    return this.sessions.create(entry.model, entry.policy);
  }

  private async makeRoom(bytes: number): Promise<void> {
    const held = this.heldBytes();
    if (bytes > 0) await this.giveBack(held + bytes - this.limits.budget(held));
    const tooMany = this.loaded.size + 1 - this.limits.maxSessions;
    for (const entry of tooMany > 0 ? this.idle().slice(0, tooMany) : []) await this.letGoIdle(entry);
  }

  private idle(): Entry[] {
    return [...this.loaded].filter(({ running }) => running === 0);
  }

  /** False when it has begun to run, or was let go, while others were. */
  private async letGoIdle(entry: Entry): Promise<boolean> {
    if (entry.running > 0 || entry.native === null) return false;
    await this.letGo(entry);
    return true;
  }

  private async letGo(entry: Entry): Promise<void> {
    const { native } = entry;
    this.loaded.delete(entry);
    entry.native = null;
    await (await native)?.release();
  }
}

/** Bytes of weights that a session of this graph copies into private memory. */
function copiedBytes({ copies }: GraphModel, policy: WeightPolicy): number {
  if (policy === 'cast') return 0;
  return copies.folded + (policy === 'prepack' ? copies.packed : 0);
}
