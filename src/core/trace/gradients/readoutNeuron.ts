import { ints } from '../../graph/session.ts';
import { row } from '../../tensor/tensor.ts';
import { fetchTensors, need } from '../../graph/keptGraphs.ts';
import { assertPosition, assertUnit, heldScale, type GradientSource } from './gradientSource.ts';
import type { GradientOptions, Readout } from './readout.ts';
import { LIVE_SCALE } from './readoutLogits.ts';
import type { TracedScalar } from './scalar.ts';
import { throughNorm } from './throughNorm.ts';

/** Pre-activation of a neuron, read from resid_mid. @throws unit/unknown, position/out-of-range */
export async function neuronReadout(
  source: GradientSource,
  scalar: Extract<TracedScalar, { readonly kind: 'neuron' }>,
  options: GradientOptions,
): Promise<Readout> {
  const { layer, neuron, position } = scalar;
  const { runner, trace } = source;
  assertPosition(source, position);
  assertUnit(`L${layer}N${neuron}`, layer, runner.config.n_layers, 'layers');
  assertUnit(`L${layer}N${neuron}`, neuron, runner.config.d_mlp, 'neurons in each layer');
  const weights = await fetchTensors(
    await runner.graphs.blockWeights(layer),
    { neurons: ints([neuron]), columns: ints([]) },
    ['ln2.gain', 'ln2.bias', 'W_in', 'b_in'],
  );
  const run = await trace.layer(layer);
  const live = !options.frozenScale && heldScale(trace.edits, 'ln2', layer, position) === null;
  const through = throughNorm(
    {
      x: row(need(run, 'resid_mid'), position),
      mean: need(run, 'ln2.mean').data[position] ?? Number.NaN,
      invStd: need(run, 'ln2.inv_std').data[position] ?? Number.NaN,
      gain: need(weights, 'ln2.gain').data,
      bias: need(weights, 'ln2.bias').data,
    },
    need(weights, 'W_in').data,
    live ? 'live' : 'frozen',
  );
  const bias = need(weights, 'b_in').data[0] ?? Number.NaN;
  return {
    site: { layer, hook: 'resid_mid' },
    vectors: [{ position, vector: Float32Array.from(through.vector) }],
    constants: [{ name: 'read', value: through.constant + bias }],
    value: through.value + bias,
    notAdditive: live ? LIVE_SCALE : null,
    held: live ? [] : [`scale of ln_2 of layer ${layer} at ${position}`],
  };
}
