import type { Tensor } from '../tensor/tensor.ts';
import type { GraphModel } from './graphBuilder.ts';

/** Integers fed to a graph (token ids, positions, shapes). */
export interface IntTensor {
  readonly dims: readonly number[];
  readonly ints: BigInt64Array;
}

/** Inputs of a run, by their names in the graph. */
export type Feeds = Readonly<Record<string, Tensor | IntTensor>>;

/** A loaded graph. */
export interface GraphSession {
  /**
   * Computes the asked outputs; int64 outputs come back as `IntTensor`. An output that `into` names is written there:
   * an array that is used again costs no new memory. @throws engine/out-of-memory, internal/bug
   */
  run(
    feeds: Feeds,
    fetches: readonly string[],
    into?: Feeds,
  ): Promise<ReadonlyMap<string, Tensor | IntTensor>>;
  release(): Promise<void>;
}

/**
 * How a session holds its weights.
 * `prepack`: copied into private memory in the layout that matrix products like best: fastest below about 128 rows.
 * `mapped`: read from the file's pages, shared between sessions and processes. The two differ in the last bits:
 * never mix them in one comparison.
 * `cast`: mapped, and half-precision weights are converted on every run instead of being folded at load.
 */
export type WeightPolicy = 'prepack' | 'mapped' | 'cast';

/** Makes sessions: implemented by runtime/ort. */
export interface SessionFactory {
  create(model: GraphModel, policy: WeightPolicy): Promise<GraphSession>;
}

export function ints(
  values: readonly number[] | Int32Array,
  dims: readonly number[] = [values.length],
): IntTensor {
  return { dims, ints: BigInt64Array.from(values as readonly number[], BigInt) };
}
