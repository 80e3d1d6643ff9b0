import { throwIfCancelled } from '../errors.ts';
import type { ModelConfig } from '../model/config.ts';
import { matmulTransposed, referenceBlock, referenceFinalNorm } from '../model/gpt2.ts';
import type { Trace } from '../trace/trace.ts';
import { relativeError } from './relativeError.ts';
import type { Sample } from './sample.ts';

/** Weights as they lie in the files, read apart from the engine's graphs. Names without the `transformer.` prefix. */
export interface WeightReads {
  tensor(name: string): Promise<Float32Array>;
  /** Rows of the first axis. */
  rows(name: string, start: number, count: number): Promise<Float32Array>;
}

/** How far a hook of the engine's run lies from the reference, relative to the largest value of its row. */
export interface HookError {
  /** TransformerLens' name, or `logits`. */
  readonly hook: string;
  readonly error: number;
  readonly ok: boolean;
}

/** How the engine's run differs from the float64 model's. */
export interface ReferenceComparison {
  readonly tokens: number;
  readonly layers: readonly number[];
  readonly n_layers: number;
  /** Largest relative error that float32 is granted. */
  readonly tolerance: number;
  /** In order of computation. */
  readonly hooks: readonly HookError[];
  /** Mean over the tokens, nats; null where not every block was run. */
  readonly loss: { readonly reference: number; readonly found: number; readonly ok: boolean } | null;
}

/** What is compared, and how that is ended and followed. */
export interface ReferenceOptions {
  readonly sample: Sample;
  readonly signal?: AbortSignal | undefined;
  /** Told after each block; the last call stands for the logits. */
  readonly onStep?: (done: number, total: number) => void;
}

/** Float32 runs of GPT-2 stay below 1e-5 through 48 layers; a wrong weight or formula lies far above. */
const TOLERANCE = 1e-4;
/** Rows of the unembedding that are held at once. */
const CHUNK = 4096;

/**
 * Compares every hook of a run with GPT-2 in float64, block after block: one block's weights are held at a time. A
 * block starts from the reference's own residual stream; from the engine's after a block that was left out or differed,
 * so that one fault is told once.
 */
export async function compareWithReference(
  trace: Trace,
  weights: WeightReads,
  { sample, signal, onStep = () => {} }: ReferenceOptions,
): Promise<ReferenceComparison> {
  const { config } = trace;
  const hooks: HookError[] = [];
  const total = sample.layers.length + 1;
  let stream: Stream = { x: await embed(trace, weights, hooks), layer: 0 };
  for (const [index, layer] of sample.layers.entries()) {
    throwIfCancelled(signal);
    stream = await compareBlock(layer, stream, { trace, weights, hooks });
    onStep(index + 1, total);
  }
  throwIfCancelled(signal);
  const logits = await compareEnd(stream, { trace, weights, hooks });
  onStep(total, total);
  const isWhole = sample.layers.length === config.n_layers;
  return {
    tokens: trace.ids.length,
    layers: sample.layers,
    n_layers: config.n_layers,
    tolerance: TOLERANCE,
    hooks,
    loss: isWhole && trace.ids.length > 1 ? await compareLoss(trace, logits) : null,
  };
}

/** The residual stream before block `layer`; null = take the engine's. [pos, d_model]. */
interface Stream {
  readonly x: Float64Array | null;
  readonly layer: number;
}

interface Comparison {
  readonly trace: Trace;
  readonly weights: WeightReads;
  readonly hooks: HookError[];
}

async function embed(trace: Trace, weights: WeightReads, hooks: HookError[]): Promise<Float64Array> {
  const { d_model } = trace.config;
  const x = new Float64Array(trace.ids.length * d_model);
  for (const [position, id] of trace.ids.entries()) {
    x.set(await weights.rows('wte.weight', id, 1), position * d_model);
  }
  const positions = Float64Array.from(await weights.rows('wpe.weight', 0, trace.ids.length));
  await judge('hook_embed', x, { trace, hooks });
  await judge('hook_pos_embed', positions, { trace, hooks });
  return x.map((value, at) => value + (positions[at] ?? Number.NaN));
}

async function compareBlock(layer: number, before: Stream, of: Comparison): Promise<Stream> {
  const { trace, weights, hooks } = of;
  const values = new Map<string, Float32Array>();
  for (const name of BLOCK_TENSORS) values.set(name, await weights.tensor(`h.${layer}.${name}`));
  const found: [string, Float64Array][] = [];
  const x = referenceBlock(
    startOf(before, layer, trace),
    { config: trace.config, layer, pos: trace.ids.length },
    {
      weight: (name) => values.get(name) ?? new Float32Array(),
      hook: (name, data) => {
        found.push([`blocks.${layer}.${name}`, data]);
        return data;
      },
    },
  );
  const first = hooks.length;
  for (const [name, data] of found) await judge(name, data, { trace, hooks });
  return { x: hooks.slice(first).every(({ ok }) => ok) ? x : null, layer: layer + 1 };
}

/** @returns the reference's logits, [pos, d_vocab] */
async function compareEnd(before: Stream, of: Comparison): Promise<Float64Array> {
  const { trace, weights, hooks } = of;
  const { config } = trace;
  const { d_vocab, d_model, n_layers } = config;
  const residual = startOf(before, n_layers, trace);
  const final: [string, Float64Array][] = [];
  const normal = referenceFinalNorm(residual, config, {
    gain: await weights.tensor('ln_f.weight'),
    bias: await weights.tensor('ln_f.bias'),
    hook: (name, data) => {
      final.push([name, data]);
      return data;
    },
  });
  for (const [name, data] of final) await judge(name, data, { trace, hooks });
  const pos = trace.ids.length;
  const logits = new Float64Array(pos * d_vocab);
  const unembedding = config.tied ? 'wte.weight' : 'lm_head.weight';
  for (let start = 0; start < d_vocab; start += CHUNK) {
    const count = Math.min(CHUNK, d_vocab - start);
    const part = matmulTransposed(normal, await weights.rows(unembedding, start, count), {
      inner: d_model,
      columns: count,
    });
    for (let row = 0; row < pos; row++) {
      logits.set(part.subarray(row * count, (row + 1) * count), row * d_vocab + start);
    }
  }
  const engine = await trace.logits(trace.ids.map((_, position) => position));
  hooks.push(judged('logits', relativeError(engine.data, logits, d_vocab)));
  return logits;
}

async function compareLoss(trace: Trace, logits: Float64Array): Promise<ReferenceComparison['loss']> {
  const { d_vocab } = trace.config;
  const next = trace.ids.slice(1);
  let reference = 0;
  for (const [row, id] of next.entries()) {
    const own = logits.subarray(row * d_vocab, (row + 1) * d_vocab);
    const max = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = own.reduce((total, value) => total + Math.exp(value - max), 0);
    reference += (max + Math.log(sum) - (own[id] ?? Number.NaN)) / next.length;
  }
  const { logProb } = await trace.surprise();
  const found = logProb.reduce((sum, value) => sum - value, 0) / next.length;
  return { reference, found, ok: Math.abs(found - reference) <= TOLERANCE * Math.max(1, reference) };
}

function startOf({ x, layer }: Stream, wanted: number, trace: Trace): Float64Array {
  return x !== null && layer === wanted ? x : Float64Array.from(trace.residPre(wanted).data);
}

async function judge(
  hook: string,
  expected: Float64Array,
  { trace, hooks }: { readonly trace: Trace; readonly hooks: HookError[] },
): Promise<void> {
  const { data } = await trace.hook(hook);
  hooks.push(judged(hook, relativeError(data, expected, rowWidth(hook, expected.length, trace))));
}

function judged(hook: string, error: number): HookError {
  return { hook, error, ok: error <= TOLERANCE };
}

/** Values that belong to one token; of scores and patterns, to one query of one head. */
function rowWidth(hook: string, length: number, { ids, config }: Trace): number {
  const rows = /attn_scores$|pattern$/.test(hook) ? headRows(config, ids.length) : ids.length;
  return length / rows;
}

function headRows({ n_heads }: ModelConfig, pos: number): number {
  return n_heads * pos;
}

const BLOCK_TENSORS = [
  'ln_1.weight',
  'ln_1.bias',
  'attn.c_attn.weight',
  'attn.c_attn.bias',
  'attn.c_proj.weight',
  'attn.c_proj.bias',
  'ln_2.weight',
  'ln_2.bias',
  'mlp.c_fc.weight',
  'mlp.c_fc.bias',
  'mlp.c_proj.weight',
  'mlp.c_proj.bias',
] as const;
