import { bug } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { BuiltGraph, Ref } from './graphBuilder.ts';
import type { Feeds, GraphSession, SessionFactory, WeightPolicy } from './session.ts';

/** A loaded graph with the names of its outputs. */
export interface Loaded<Output extends string> {
  readonly session: GraphSession;
  readonly outputs: Readonly<Record<Output, Ref>>;
}

/** Graphs by key, loaded when first needed and kept until `release`. */
export class KeptGraphs {
  private readonly sessions: SessionFactory;
  private readonly policy: WeightPolicy;
  private readonly loaded = new Map<string, Promise<Loaded<string>>>();

  /** `policy` as the model's blocks are held; a graph is never prepacked unless `load` is told to. */
  constructor(sessions: SessionFactory, policy: WeightPolicy) {
    this.sessions = sessions;
    this.policy = policy === 'prepack' ? 'mapped' : policy;
  }

  /** Kept as a promise, so that two askers share one load; a failed load may be tried again. */
  load<Output extends string>(
    key: string,
    build: () => BuiltGraph<Output>,
    policy: WeightPolicy = this.policy,
  ): Promise<Loaded<Output>> {
    const known = this.loaded.get(key);
    if (known) return known;
    const { model, outputs } = build();
    const created = this.sessions
      .create(model, policy)
      .then((session): Loaded<Output> => ({ session, outputs }));
    this.loaded.set(key, created);
    created.catch(() => this.loaded.delete(key));
    return created;
  }

  /** Float outputs of a graph: those that are named, or all. */
  async run<Output extends string>(
    key: string,
    build: () => BuiltGraph<Output>,
    feeds: Feeds,
    wanted?: readonly Output[],
  ): Promise<Readonly<Record<Output, Tensor>>> {
    const graph = await this.load(key, build);
    const names = wanted ?? (Object.keys(graph.outputs) as Output[]);
    return Object.fromEntries(await fetchTensors(graph, feeds, names)) as Record<Output, Tensor>;
  }

  /** Frees every session. */
  async release(): Promise<void> {
    const all = [...this.loaded.values()];
    this.loaded.clear();
    for (const result of await Promise.allSettled(all)) {
      if (result.status === 'fulfilled') await result.value.session.release();
    }
  }
}

/** Runs a graph for some of its float outputs. */
export async function fetchTensors<Output extends string>(
  { session, outputs }: Loaded<Output>,
  feeds: Feeds,
  names: readonly Output[],
): Promise<ReadonlyMap<Output, Tensor>> {
  if (names.length === 0) return new Map();
  const result = await session.run(feeds, [...new Set(names.map((name) => outputs[name]))]);
  return new Map(names.map((name) => [name, floats(result.get(outputs[name]), name)]));
}

function floats(value: Tensor | { readonly ints: BigInt64Array } | undefined, name: string): Tensor {
  if (!value || 'ints' in value) throw bug(`a graph did not return the float tensor ${name}`);
  return value;
}

/** @throws internal/bug when the map lacks the tensor. */
export function need<Name extends string>(tensors: ReadonlyMap<Name, Tensor>, name: Name): Tensor {
  return tensors.get(name) ?? floats(undefined, name);
}
