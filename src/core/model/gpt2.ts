import { activate } from './activation.ts';
import type { ModelConfig } from './config.ts';
import { GLOBAL_HOOKS, BLOCK_HOOKS, hookShape, type BlockHook, type GlobalHook } from './hooks.ts';

/** Values of one hook in float64, row-major. */
interface ReferenceTensor {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** Weights by their names without the `transformer.` prefix, row-major as stored. */
export type Weights = (name: string) => Float32Array | Float64Array;

/** May change a hook's values in place, before anything reads them. */
export type Edit = (hook: string, values: Float64Array, dims: readonly number[]) => void;

/** What the float64 model computed of one prompt. */
export interface ReferenceRun {
  /** Every hook of core/model/hooks by its full name. */
  readonly hooks: ReadonlyMap<string, ReferenceTensor>;
  /** Shape [pos, d_vocab]. */
  readonly logits: ReferenceTensor;
}

/**
 * GPT-2 in float64, one prompt, written to be read from top to bottom: the truth that the fast graphs are
 * compared with. Slow on purpose; nothing but tests and checks runs it.
 * `hook_attn_scores` are scaled and masked (-Infinity for later keys); `hook_normalized` stands before gain and
 * bias; `hook_attn_out` includes the output bias. Source: Radford et al. 2019; names of TransformerLens.
 */
export function referenceForward(
  config: ModelConfig,
  weights: Weights,
  ids: readonly number[],
  edit: Edit = () => {},
): ReferenceRun {
  const { n_layers, d_model, d_vocab } = config;
  const pos = ids.length;
  const hooks = new Map<string, ReferenceTensor>();
  const record = (name: string, dims: readonly number[], values: Float64Array): Float64Array => {
    edit(name, values, dims);
    hooks.set(name, { dims, data: values });
    return values;
  };
  const global = (name: GlobalHook, values: Float64Array): Float64Array => {
    const spec = GLOBAL_HOOKS.find((hook) => hook.name === name) ?? GLOBAL_HOOKS[0];
    return record(name, hookShape(config, spec, pos), values);
  };
  const wte = weights('wte.weight');
  const embed = global('hook_embed', rowsOf(wte, ids, d_model));
  const positions = ids.map((_, position) => position);
  const posEmbed = global('hook_pos_embed', rowsOf(weights('wpe.weight'), positions, d_model));

  let residual = sum(embed, posEmbed); // [pos, d_model]
  for (let layer = 0; layer < n_layers; layer++) {
    residual = referenceBlock(
      residual,
      { config, layer, pos },
      {
        weight: (name) => weights(`h.${layer}.${name}`),
        hook: (name, values) => {
          const full = `blocks.${layer}.${name}`;
          const spec = BLOCK_HOOKS.find((hook) => hook.name === `blocks.{l}.${name}`) ?? BLOCK_HOOKS[0];
          return record(full, hookShape(config, spec, pos), values);
        },
      },
    );
  }
  const final = referenceFinalNorm(residual, config, {
    gain: weights('ln_f.weight'),
    bias: weights('ln_f.bias'),
    hook: global,
  });
  const unembed = config.tied ? wte : weights('lm_head.weight'); // [d_vocab, d_model]
  const logits = matmulTransposed(final, unembed, { inner: d_model, columns: d_vocab });
  return { hooks, logits: { dims: [pos, d_vocab], data: logits } };
}

/** Final LayerNorm with its gain and bias: [pos, d_model] -> [pos, d_model]. */
export function referenceFinalNorm(
  residual: Float64Array,
  { d_model, eps }: ModelConfig,
  access: {
    readonly gain: Float32Array | Float64Array;
    readonly bias: Float32Array | Float64Array;
    readonly hook: (name: GlobalHook, values: Float64Array) => Float64Array;
  },
): Float64Array {
  const scale = access.hook('ln_final.hook_scale', layerNormScale(residual, d_model, eps));
  const normalized = access.hook('ln_final.hook_normalized', normalize(residual, scale, d_model));
  return gainAndBias(normalized, access.gain, access.bias);
}

/** Which block runs on how many positions. */
export interface BlockPlace {
  readonly config: ModelConfig;
  readonly layer: number;
  readonly pos: number;
}

/** Where a block gets its weights, and who sees its hooks: what `hook` returns is what goes on. */
export interface BlockAccess {
  readonly weight: (name: string) => Float32Array | Float64Array;
  readonly hook: (name: BlockHook, values: Float64Array) => Float64Array;
}

/** One transformer block: [pos, d_model] -> [pos, d_model]. */
export function referenceBlock(
  input: Float64Array,
  place: BlockPlace,
  { weight, hook }: BlockAccess,
): Float64Array {
  const { d_model, d_mlp, eps, act_fn } = place.config;
  const residPre = hook('hook_resid_pre', input.slice());

  const scale1 = hook('ln1.hook_scale', layerNormScale(residPre, d_model, eps));
  const normal1 = hook('ln1.hook_normalized', normalize(residPre, scale1, d_model));
  const attnIn = gainAndBias(normal1, weight('ln_1.weight'), weight('ln_1.bias'));
  const attnOut = hook('hook_attn_out', attention(attnIn, place, { weight, hook }));

  const residMid = hook('hook_resid_mid', sum(residPre, attnOut));
  const scale2 = hook('ln2.hook_scale', layerNormScale(residMid, d_model, eps));
  const normal2 = hook('ln2.hook_normalized', normalize(residMid, scale2, d_model));
  const mlpIn = gainAndBias(normal2, weight('ln_2.weight'), weight('ln_2.bias'));
  const mlpPre = affine(mlpIn, weight('mlp.c_fc.weight'), weight('mlp.c_fc.bias'), d_model);
  const pre = hook('mlp.hook_pre', mlpPre); // [pos, d_mlp]
  const post = hook(
    'mlp.hook_post',
    pre.map((x) => activate(act_fn, x)),
  );
  const mlpOut = affine(post, weight('mlp.c_proj.weight'), weight('mlp.c_proj.bias'), d_mlp);
  return hook('hook_resid_post', sum(residMid, hook('hook_mlp_out', mlpOut)));
}

/** Causal self-attention: [pos, d_model] -> [pos, d_model]. */
function attention(input: Float64Array, place: BlockPlace, { weight, hook }: BlockAccess): Float64Array {
  const { d_model } = place.config;
  const qkv = affine(input, weight('attn.c_attn.weight'), weight('attn.c_attn.bias'), d_model);
  const q = hook('attn.hook_q', columns(qkv, { from: 0, count: d_model, width: 3 * d_model }));
  const k = hook('attn.hook_k', columns(qkv, { from: d_model, count: d_model, width: 3 * d_model }));
  const v = hook('attn.hook_v', columns(qkv, { from: 2 * d_model, count: d_model, width: 3 * d_model }));
  const scores = hook('attn.hook_attn_scores', attentionScores(q, k, place));
  const pattern = hook('attn.hook_pattern', softmaxRows(scores, place.pos));
  const z = hook('attn.hook_z', mixValues(pattern, v, place)); // [pos, head, d_head] = [pos, d_model]
  return affine(z, weight('attn.c_proj.weight'), weight('attn.c_proj.bias'), d_model);
}

/** q, k [pos, head, d_head] -> [head, query, key], scaled as the configuration says, later keys -Infinity. */
function attentionScores(q: Float64Array, k: Float64Array, { config, layer, pos }: BlockPlace): Float64Array {
  const { n_heads, d_head, d_model } = config;
  const divisor = (config.scale_attn ? Math.sqrt(d_head) : 1) * (config.scale_attn_by_layer ? layer + 1 : 1);
  const scores = new Float64Array(n_heads * pos * pos).fill(-Infinity);
  for (let head = 0; head < n_heads; head++) {
    for (let query = 0; query < pos; query++) {
      for (let key = 0; key <= query; key++) {
        let dot = 0;
        for (let i = head * d_head; i < (head + 1) * d_head; i++) {
          dot += at(q, query * d_model + i) * at(k, key * d_model + i);
        }
        scores[(head * pos + query) * pos + key] = dot / divisor;
      }
    }
  }
  return scores;
}

/** pattern [head, query, key], v [pos, head, d_head] -> z [pos, head, d_head]. */
function mixValues(pattern: Float64Array, v: Float64Array, { config, pos }: BlockPlace): Float64Array {
  const { n_heads, d_head, d_model } = config;
  const z = new Float64Array(pos * d_model);
  for (let head = 0; head < n_heads; head++) {
    for (let query = 0; query < pos; query++) {
      for (let key = 0; key < pos; key++) {
        const weight = at(pattern, (head * pos + query) * pos + key);
        if (weight === 0) continue;
        for (let i = head * d_head; i < (head + 1) * d_head; i++) {
          z[query * d_model + i] = at(z, query * d_model + i) + weight * at(v, key * d_model + i);
        }
      }
    }
  }
  return z;
}

/** sqrt(mean((x - mean)^2) + eps) of each row. Shape [pos, 1]. */
function layerNormScale(x: Float64Array, width: number, eps: number): Float64Array {
  return Float64Array.from({ length: x.length / width }, (_, index) => {
    const row = x.subarray(index * width, (index + 1) * width);
    const mean = meanOf(row);
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / width;
    return Math.sqrt(variance + eps);
  });
}

/** (x - mean) / scale, row by row. */
function normalize(x: Float64Array, scale: Float64Array, width: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    const mean = meanOf(row);
    for (let i = 0; i < width; i++) out[start + i] = (at(row, i) - mean) / at(scale, start / width);
  }
  return out;
}

function softmaxRows(scores: Float64Array, width: number): Float64Array {
  const out = new Float64Array(scores.length);
  for (let start = 0; start < scores.length; start += width) {
    const row = scores.subarray(start, start + width);
    const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const exponentials = row.map((score) => Math.exp(score - max));
    const total = exponentials.reduce((a, b) => a + b, 0);
    out.set(
      exponentials.map((value) => value / total),
      start,
    );
  }
  return out;
}

/** x [rows, inner] times W [inner, columns] (Conv1D layout) plus bias. */
function affine(
  x: Float64Array,
  weight: Float32Array | Float64Array,
  bias: Float32Array | Float64Array,
  inner: number,
): Float64Array {
  const width = bias.length;
  const rows = x.length / inner;
  const out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) out[row * width + column] = at(bias, column);
    for (let i = 0; i < inner; i++) {
      const value = at(x, row * inner + i);
      for (let column = 0; column < width; column++) {
        out[row * width + column] = at(out, row * width + column) + value * at(weight, i * width + column);
      }
    }
  }
  return out;
}

/** x [rows, inner] times W transposed, W [columns, inner]. Logits are the final LayerNorm's output times W_E's rows. */
export function matmulTransposed(
  x: Float64Array,
  weight: Float32Array | Float64Array,
  size: { readonly inner: number; readonly columns: number },
): Float64Array {
  const { inner, columns: width } = size;
  const rows = x.length / inner;
  const out = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      let dot = 0;
      for (let i = 0; i < inner; i++) dot += at(x, row * inner + i) * at(weight, column * inner + i);
      out[row * width + column] = dot;
    }
  }
  return out;
}

function gainAndBias(
  x: Float64Array,
  gain: Float32Array | Float64Array,
  bias: Float32Array | Float64Array,
): Float64Array {
  return x.map((value, index) => value * at(gain, index % gain.length) + at(bias, index % gain.length));
}

function columns(
  x: Float64Array,
  part: { readonly from: number; readonly count: number; readonly width: number },
): Float64Array {
  const { from, count, width } = part;
  return Float64Array.from({ length: (x.length / width) * count }, (_, index) =>
    at(x, Math.floor(index / count) * width + from + (index % count)),
  );
}

function rowsOf(matrix: Float32Array | Float64Array, rows: readonly number[], width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  rows.forEach((row, index) => out.set(matrix.subarray(row * width, (row + 1) * width), index * width));
  return out;
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value + at(b, index));
}

function meanOf(row: Float64Array): number {
  return row.reduce((total, value) => total + value, 0) / row.length;
}

function at(values: Float32Array | Float64Array, index: number): number {
  return values[index] ?? 0;
}
