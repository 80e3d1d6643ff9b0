import { row, type Tensor } from '../tensor/tensor.ts';
import { REMEMBERED } from '../trace/readings.ts';
import { topIndices } from './candidates.ts';

/** A neuron of any layer with its activation at one position. */
export interface ActiveNeuron {
  readonly layer: number;
  readonly neuron: number;
  /** Post-activation (mlp.hook_post), above 0. */
  readonly value: number;
}

/**
 * The most active neurons of every layer at every position, taken while a prompt runs: all activations of a large model
 * are more than a trace keeps. 8 bytes each, 0.2 MB for 64 tokens of GPT-2 XL.
 */
export class MostActive {
  private readonly layers = new Map<number, Remembered>();

  /** `post`: mlp.hook_post of one layer, [pos, d_mlp], with or without a batch dimension. */
  see(layer: number, post: Tensor): void {
    const width = post.dims.at(-1) ?? 1;
    const rows = post.data.length / width;
    const neurons = new Int32Array(rows * REMEMBERED).fill(-1);
    const values = new Float32Array(rows * REMEMBERED);
    const flat = { dims: [rows, width], data: post.data };
    for (let position = 0; position < rows; position++) {
      const activations = row(flat, position);
      for (const [place, neuron] of topIndices(activations, REMEMBERED).entries()) {
        const value = activations[neuron] ?? 0;
        if (value <= 0) continue;
        neurons[position * REMEMBERED + place] = neuron;
        values[position * REMEMBERED + place] = value;
      }
    }
    this.layers.set(layer, { neurons, values });
  }

  /** Of all layers, from the first up; within a layer the most active first. */
  at(position: number): ActiveNeuron[] {
    const from = position * REMEMBERED;
    return [...this.layers].flatMap(([layer, { neurons, values }]) =>
      [...neurons.subarray(from, from + REMEMBERED)].flatMap((neuron, place) =>
        neuron < 0 ? [] : [{ layer, neuron, value: values[from + place] ?? 0 }],
      ),
    );
  }
}

/** Entry [position * REMEMBERED + place]; -1 where fewer are active. */
interface Remembered {
  readonly neurons: Int32Array;
  readonly values: Float32Array;
}

/** A neuron with the norm of what it writes to the residual stream: activation x norm of its row of W_out. */
export interface WritingNeuron extends ActiveNeuron {
  readonly writes: number;
}

/** Those that write most, largest first: a number that means the same in every layer. `norms`: of their rows of W_out. */
export function mostWriting(
  active: readonly ActiveNeuron[],
  norms: readonly number[],
  k: number,
): WritingNeuron[] {
  return active
    .map((each, at) => ({ ...each, writes: each.value * (norms[at] ?? Number.NaN) }))
    .toSorted((a, b) => b.writes - a.writes)
    .slice(0, k);
}
