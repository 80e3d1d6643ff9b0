import type { ScanModel, ScanSae } from '../../core/records/scan.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import type { OpenModel } from '../openModel.ts';

/** An open model as a scan runs it. */
export function scanModel(model: OpenModel): ScanModel {
  const { n_heads, d_head } = model.runner.config;
  const saes = [...model.saes].map(([id, { config, runner }]): [string, ScanSae] => {
    const { layer, hook_name, d_in, d_sae } = config;
    const encode: ScanSae['encode'] = (x) => runner.encode(x);
    const acts: ScanSae['acts'] = (x, into) => runner.acts(x, into);
    // Of other SAEs the graph's own nonlinearity decides what is active.
    const kept = config.architecture === 'topk' ? config.k : null;
    return [id, { layer, hook_name, d_in, d_sae, kept, encode, acts }];
  });
  const none = tensor([n_heads, 0, d_head], new Float32Array());
  return {
    runner: model.runner,
    saes: new Map(saes),
    headNorms: async (layer, v) => {
      const [windows = 1, , tokens = 1] = v.dims;
      const size = tokens * d_head;
      const swap = { inner: n_heads, outer: windows };
      const values = tensor([n_heads, windows * tokens, d_head], swapAxes(v.data, { ...swap, size }));
      const { norms } = await model.reads.headValues(layer, values, none);
      return swapAxes(norms.data, { inner: windows, outer: n_heads, size: tokens });
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
    encode: (text) => tokenizer.ids(text),
  };
}

/** [outer, inner, size] -> [inner, outer, size]. */
function swapAxes(
  data: Float32Array,
  { outer, inner, size }: { readonly outer: number; readonly inner: number; readonly size: number },
): Float32Array {
  const swapped = new Float32Array(data.length);
  for (let row = 0; row < outer * inner; row++) {
    const to = (row % inner) * outer + Math.floor(row / inner);
    swapped.set(data.subarray(row * size, (row + 1) * size), to * size);
  }
  return swapped;
}
