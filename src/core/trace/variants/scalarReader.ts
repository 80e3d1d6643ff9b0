import type { BlockOutput } from '../../graph/block.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { RunEdit } from '../edits/runEdit.ts';
import type { Activations } from '../runner.ts';

/** Rows of runs that differ by their edits, where a scalar is read. */
export interface ReadRows {
  /** Number of runs. */
  readonly runs: number;
  /** The residual stream that block `layer` reads, at `position`. [runs, d_model]. */
  readonly resid: Tensor;
  /** Outputs of block `layer` that were asked for, in the graph's layout, a batch of `runs`; null if none was. */
  readonly inside: Activations | null;
  /** Model position of the first row inside. */
  readonly first: number;
  /** Number of rows of each run inside. */
  readonly count: number;
  /** All edits of each run, in order. */
  readonly lists: readonly (readonly RunEdit[])[];
}

/** One number per run, and the same with the final LayerNorm's scale held at the base run's; null where it is not read. */
export interface ScalarValues {
  readonly live: Float64Array;
  readonly frozen: Float64Array | null;
}

/** Reads a scalar from many runs at once. Blocks before `layer` are run; `layer` = n_layers is after the last one. */
export interface ScalarReader {
  readonly layer: number;
  /** Outputs of block `layer` that are read; empty = only the residual stream before it. */
  readonly inside: readonly BlockOutput[];
  /** Last position that matters: later rows are not run. */
  readonly position: number;
  read(rows: ReadRows): Promise<ScalarValues>;
}
