import { allHooks, type Hook } from '../../src/core/model/hooks.ts';
import type { Gradients } from '../../src/core/trace/gradients/readout.ts';
import type { GradientSource } from '../../src/core/trace/gradients/gradients.ts';
import { allGradients } from './gradientBench.ts';

/** Hooks of TransformerLens that Underglass has by another way: what the unembedding reads, and the logits. */
const OTHERWISE = ['unembed.hook_in', 'unembed.hook_out'];
/** Gradients stop at tensors that carry the residual stream; a LayerNorm's own are not offered. */
const NO_GRADIENT = /hook_scale$|hook_normalized$/;

/** A tensor in TransformerLens' shape, flat. */
export interface NamedValues {
  readonly name: string;
  readonly values: Float32Array;
}

/** Every hook of a run, one after the other. */
export async function* everyHook({
  runner,
  trace,
}: Pick<GradientSource, 'runner' | 'trace'>): AsyncGenerator<NamedValues> {
  for (const { name } of allHooks(runner.config)) yield { name, values: (await trace.hook(name)).data };
}

/** Every gradient that Underglass has, under the hook's name; both embeddings have that of their sum. */
export function everyGradient({ runner }: Pick<GradientSource, 'runner'>, found: Gradients): NamedValues[] {
  const first = found.residPre(0).data;
  return [
    { name: 'hook_embed', values: first },
    { name: 'hook_pos_embed', values: first },
    ...allGradients(runner, found).map(({ hook, values }) => ({ name: hook, values })),
  ];
}

/** Names that lens_gpt2.py writes for a model: of hooks, and of gradients. */
export function lensNames(config: Parameters<typeof allHooks>[0]): {
  readonly hooks: string[];
  readonly gradients: string[];
} {
  const hooks = [...allHooks(config).map(({ name }: Hook) => name), ...OTHERWISE];
  return {
    hooks,
    gradients: allHooks(config)
      .map(({ name }) => name)
      .filter((name) => !NO_GRADIENT.test(name)),
  };
}
