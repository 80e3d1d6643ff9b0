import type { ScanModel, ScanSae } from '../../core/records/scan.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import type { OpenModel } from '../openModel.ts';

/** An open model as a scan runs it. */
export function scanModel(model: OpenModel): ScanModel {
  const { n_heads, d_head } = model.runner.config;
  const saes = [...model.saes].map(([id, { config, runner }]): [string, ScanSae] => {
    const { layer, hook_name, d_in, d_sae } = config;
    return [id, { layer, hook_name, d_in, d_sae, encode: (x) => runner.encode(x) }];
  });
  const none = tensor([n_heads, 0, d_head], new Float32Array());
  return {
    runner: model.runner,
    saes: new Map(saes),
    headNorms: async (layer, v) => {
      const [windows = 1, , tokens = 1] = v.dims;
      const norms = new Float32Array(windows * n_heads * tokens);
      const size = n_heads * tokens * d_head;
      for (let window = 0; window < windows; window++) {
        const values = tensor([n_heads, tokens, d_head], v.data.subarray(window * size, (window + 1) * size));
        const own = await model.reads.headValues(layer, values, none);
        norms.set(own.norms.data, window * n_heads * tokens);
      }
      return norms;
    },
  };
}

/** What a scan needs of a model's tokenizer. */
export function tokenIds(model: OpenModel): {
  readonly bosId: number | null;
  encode(text: string): readonly number[];
} {
  const { tokenizer, info } = model;
  return {
    bosId: info.bos ? tokenizer.bosId : null,
    encode: (text) => tokenizer.encode(text).map(({ id }) => id),
  };
}
