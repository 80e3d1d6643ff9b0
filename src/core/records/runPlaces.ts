import type { BlockOutput } from '../graph/block.ts';
import type { ModelConfig } from '../model/config.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';

type Sizes = Pick<ModelConfig, 'n_heads' | 'd_head' | 'd_model' | 'd_mlp'>;

/** Rows of a run: windows of one length. */
export interface RunSize {
  readonly windows: number;
  readonly tokens: number;
}

/**
 * Arrays that blocks write their outputs into, run after run: a new one for each output of a scan would keep the garbage
 * collector as busy as the model.
 */
export class RunPlaces {
  private readonly config: Sizes;
  private readonly arrays = new Map<string, Float32Array>();

  constructor(config: Sizes) {
    this.config = config;
  }

  /** The place of an output in its own layout; `name` tells apart what has to be kept beside each other. */
  of(output: BlockOutput, size: RunSize, name: string = output): Tensor {
    const dims = this.dims(output, size);
    const length = dims.reduce((product, dim) => product * dim, 1);
    const held = this.arrays.get(name);
    const array = held && held.length >= length ? held : new Float32Array(length);
    this.arrays.set(name, array);
    return tensor(dims, array.subarray(0, length));
  }

  /** As `BLOCK_OUTPUTS` says. */
  private dims(output: BlockOutput, { windows, tokens }: RunSize): number[] {
    const { n_heads, d_head, d_model, d_mlp } = this.config;
    switch (output) {
      case 'q':
      case 'k':
      case 'v':
        return [windows, n_heads, tokens, d_head];
      case 'scores':
      case 'pattern':
        return [windows, n_heads, tokens, tokens];
      case 'z':
        return [windows, tokens, n_heads, d_head];
      case 'pre':
      case 'post':
        return [windows * tokens, d_mlp];
      case 'ln1.mean':
      case 'ln1.inv_std':
      case 'ln2.mean':
      case 'ln2.inv_std':
        return [windows * tokens, 1];
      case 'attn_out':
      case 'resid_mid':
      case 'mlp_out':
      case 'resid_post':
        return [windows * tokens, d_model];
    }
  }
}
