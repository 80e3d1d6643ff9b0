import { backpropagate, type Backpropagation } from './backpropagate.ts';
import { need } from '../../graph/keptGraphs.ts';
import { assertPosition, keptPart, type GradientSource } from './gradientSource.ts';
import { assertPair, scoreReadout, valueReadout } from './readoutHead.ts';
import { latentReadout } from './readoutLatent.ts';
import { logitReadout } from './readoutLogits.ts';
import { neuronReadout } from './readoutNeuron.ts';
import type { GradientOptions, Gradients, Readout } from './readout.ts';
import type { Scalar } from './scalar.ts';

export type { GradientSource } from './gradientSource.ts';

/**
 * Gradients of a scalar at every hook of a run: its readout, carried upstream by the backward graphs with every
 * LayerNorm on the way live. What the readout itself reads through counts as part of it: hooks after its site have
 * gradient 0. @throws scalar/no-target, unit/unknown, position/out-of-range, cancelled
 */
export async function gradients(
  source: GradientSource,
  scalar: Scalar,
  options: GradientOptions & Backpropagation,
): Promise<Gradients> {
  return backpropagate(source, await readout(source, scalar, options), options);
}

/** The scalar as a linear function of what it reads. @throws scalar/no-target, unit/unknown, position/out-of-range */
export async function readout(
  source: GradientSource,
  scalar: Scalar,
  options: GradientOptions,
): Promise<Readout> {
  switch (scalar.kind) {
    case 'logits':
      return logitReadout(source, scalar, options);
    case 'neuron':
      return neuronReadout(source, scalar, options);
    case 'latent':
      return latentReadout(source, scalar, options);
    case 'score':
      return scoreReadout(source, scalar, options);
    case 'value':
      return valueReadout(source, scalar, options, await zGradient(source, scalar, options));
  }
}

/** Gradient of a value trace's downstream scalar at the head's z, before any edit of z. Shape [d_head]. */
async function zGradient(
  source: GradientSource,
  scalar: Extract<Scalar, { readonly kind: 'value' }>,
  options: GradientOptions,
): Promise<Float32Array> {
  const { layer, head, position, downstream } = scalar;
  assertPair(source, scalar);
  assertPosition(source, position);
  const above = await gradients(source, downstream, { ...options, hooks: ['z'], lowest: layer });
  const { n_heads, d_head } = source.runner.config;
  const z = above.layer(layer);
  if (!z) return new Float32Array(d_head); // the downstream scalar does not see this layer
  const start = (position * n_heads + head) * d_head; // [1, pos, head, d_head]
  const keep = keptPart(source.trace.edits, { hook: 'z', layer, head, position }) ?? 1;
  return need(z, 'z')
    .data.slice(start, start + d_head)
    .map((value) => value * keep);
}
