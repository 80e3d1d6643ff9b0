import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { WeightPolicy } from '../../src/core/graph/session.ts';
import type { ReferenceRun, Weights } from '../../src/core/model/gpt2.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import type { SaeWeights } from '../../src/core/sae/reference.ts';
import type { GradientSource } from '../../src/core/trace/gradients/gradients.ts';
import type { GradientHook, Gradients } from '../../src/core/trace/gradients/readout.ts';
import { SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { openSaes, type SaeFolder } from '../../src/runtime/files/openSaes.ts';
import { directions, referenceRun, slopeAt, type ReferenceScalar } from './differences.ts';
import { openRunner } from './openRunner.ts';
import { seededRandom } from './random.ts';
import { writeRandomModel, type RandomModelOptions } from './randomModel.ts';
import { writeRandomSae, type RandomSaeOptions, widthAt } from './randomSae.ts';
import { readAllWeights } from './referenceWeights.ts';

/** A run in both worlds: the engine's, ready for gradients, and the same in float64. */
export interface GradientBench {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly ids: readonly number[];
  readonly source: GradientSource;
  /** Float64 run without edits. */
  readonly clean: ReferenceRun;
  readonly saes: ReadonlyMap<string, { readonly folder: SaeFolder; readonly weights: SaeWeights }>;
  release(): Promise<void>;
}

/** Small enough that thousands of float64 runs take seconds. */
const SMALL = { n_embd: 16, n_head: 2, vocab_size: 60, n_positions: 16 };
const POSITIONS = 6;

/** Writes and opens a random model, with SAEs, and runs a few random tokens. */
export async function openBench(
  folder: string,
  options: RandomModelOptions & {
    readonly policy?: WeightPolicy;
    readonly saes?: readonly Omit<RandomSaeOptions, 'd_in'>[];
  },
): Promise<GradientBench> {
  const directory = join(folder, 'model');
  const { saes = [], policy = 'prepack', ...model } = options;
  const config = await writeRandomModel(directory, { ...model, config: { ...SMALL, ...model.config } });
  const folders = saes.map((_, index) => join(folder, `sae${index}`));
  for (const [index, sae] of saes.entries())
    await writeRandomSae(folders[index] ?? '', { d_sae: 24, ...sae, d_in: widthAt(sae.hook_name, config) });
  const random = seededRandom(3);
  const ids = Array.from({ length: POSITIONS }, () => random.below(config.d_vocab));
  return openBenchAt(directory, ids, { saes: folders, policy });
}

/** Opens a model folder that is there. */
export async function openBenchAt(
  directory: string,
  ids: readonly number[],
  options: { readonly saes: readonly string[]; readonly policy?: WeightPolicy },
): Promise<GradientBench> {
  const { checkpoint, runner, sessions, graphs } = await openRunner(directory, options.policy);
  const opened = options.saes.length > 0 ? await openSaes(options.saes) : [];
  const runners = new Map(opened.map((sae) => [sae.id, new SaeRunner(sae, sessions, 'mapped')]));
  const saes = new Map<string, { folder: SaeFolder; weights: SaeWeights }>();
  for (const sae of opened) saes.set(sae.id, { folder: sae, weights: await readAllWeights(sae) });
  const trace = await Trace.run(runner, ids);
  const weights = await readAllWeights(checkpoint);
  const { config } = checkpoint;
  return {
    config,
    weights,
    ids,
    source: { runner, trace, sae: (id) => runners.get(id) ?? assert.fail(`no SAE ${id}`) },
    clean: referenceRun({ config, weights, ids, read: () => 0 }),
    saes,
    release: async () => {
      await graphs.release();
      for (const each of runners.values()) await each.release();
    },
  };
}

/** Hooks of a block in order of computation: our gradient's name and the hook's. */
export const GRADIENT_HOOKS = [
  ['q', 'attn.hook_q'],
  ['k', 'attn.hook_k'],
  ['v', 'attn.hook_v'],
  ['scores', 'attn.hook_attn_scores'],
  ['pattern', 'attn.hook_pattern'],
  ['z', 'attn.hook_z'],
  ['attn_out', 'hook_attn_out'],
  ['resid_mid', 'hook_resid_mid'],
  ['pre', 'mlp.hook_pre'],
  ['post', 'mlp.hook_post'],
  ['mlp_out', 'hook_mlp_out'],
  ['resid_post', 'hook_resid_post'],
] as const satisfies readonly (readonly [GradientHook, string])[];

/** One gradient in the layout of the hook of that name. */
export interface HookGradient {
  readonly hook: string;
  readonly values: Float32Array;
  /** The hook stands after what the scalar reads: its gradient is 0. */
  readonly after: boolean;
}

/** Every gradient of every block. */
export function allGradients({ config }: Pick<GradientBench, 'config'>, found: Gradients): HookGradient[] {
  const { layer: siteLayer, hook: siteHook } = found.readout.site;
  const order = ['resid_pre', ...GRADIENT_HOOKS.map(([name]) => name)];
  const isAfter = (layer: number, name: string): boolean =>
    layer > siteLayer || (layer === siteLayer && order.indexOf(name) > order.indexOf(siteHook));
  return Array.from({ length: config.n_layers }, (_, layer) => {
    const hook = (name: string): string => `blocks.${layer}.${name}`;
    const block = found.layer(layer);
    const inBlock = GRADIENT_HOOKS.map(([name, full]): HookGradient => {
      const after = isAfter(layer, name);
      if (!block) {
        assert.ok(after, `${hook(full)} has no gradient`);
        return { hook: hook(full), values: new Float32Array(), after };
      }
      const gradient = block.get(name) ?? assert.fail(`no ${name}`);
      const values = 'qkv'.includes(name) ? headsLast(gradient.dims, gradient.data) : gradient.data;
      return { hook: hook(full), values, after };
    });
    const residPre = { hook: hook('hook_resid_pre'), values: found.residPre(layer).data };
    return [{ ...residPre, after: isAfter(layer, 'resid_pre') }, ...inBlock];
  }).flat();
}

/** [1, head, pos, d_head] -> [pos, head, d_head]. */
function headsLast(
  [, heads = 1, rows = 1, width = 1]: readonly number[],
  values: Float32Array,
): Float32Array {
  return values.map((_, index) => {
    const row = Math.floor(index / (heads * width));
    const head = Math.floor(index / width) % heads;
    return values[(head * rows + row) * width + (index % width)] ?? Number.NaN;
  });
}

/**
 * Compares each gradient with central differences of the float64 model along random directions of all entries.
 * The tolerance is relative to the gradient's norm, which is the spread of such a slope.
 */
export function assertSlopes(
  gradients: readonly HookGradient[],
  scalar: ReferenceScalar,
  tolerance: number,
  count = 2,
): void {
  for (const { hook, values, after } of gradients) {
    if (after) {
      assert.ok(
        values.every((value) => value === 0),
        `${hook}: gradient after the reading`,
      );
      continue;
    }
    const norm = Math.hypot(...values);
    for (const direction of directions(values.length, count, hook.length)) {
      const expected = slopeAt(scalar, hook, direction);
      const found = values.reduce((sum, value, i) => sum + value * (direction[i] ?? Number.NaN), 0);
      const error = Math.abs(found - expected);
      assert.ok(
        error <= tolerance * norm + NOISE,
        `${hook}: slope ${found}, by differences ${expected}; the gradient's norm is ${norm}`,
      );
    }
  }
}

/** What float64 differences cannot resolve. */
const NOISE = 1e-8;
