import { scoreScale } from '../../graph/attention.ts';
import type { BlockOutput } from '../../graph/block.ts';
import { row } from '../../tensor/tensor.ts';
import { gradients } from '../gradients/gradients.ts';
import { need } from '../../graph/keptGraphs.ts';
import { keptPart, type GradientSource } from '../gradients/gradientSource.ts';
import { throughInput } from '../gradients/readoutLatent.ts';
import { dot, times } from '../gradients/throughNorm.ts';
import type { Scalar, TracedScalar } from '../gradients/scalar.ts';
import type { Trace } from '../trace.ts';
import { logitReader } from './logitReader.ts';
import { saeSite } from './place.ts';
import type { ReadRows, ScalarReader } from './scalarReader.ts';
import type { VariantModel } from './variantModel.ts';

/**
 * How a scalar is read from edited runs of `base`. Every LayerNorm is live; of a score the side that is not traced,
 * and of a value trace the pattern and the downstream gradient, stay as they are in `base`.
 * @throws scalar/no-target, unit/unknown, position/out-of-range
 */
export async function createReader(model: VariantModel, base: Trace, scalar: Scalar): Promise<ScalarReader> {
  switch (scalar.kind) {
    case 'logits':
      return logitReader(model, base, scalar);
    case 'neuron':
      return neuronReader(model, scalar);
    case 'latent':
      return latentReader(model, scalar);
    case 'score':
      return scoreReader(model, base, scalar);
    case 'value':
      return valueReader(model, base, scalar);
  }
}

type Of<Kind extends TracedScalar['kind']> = Extract<TracedScalar, { readonly kind: Kind }>;

function neuronReader({ config }: VariantModel, { layer, neuron, position }: Of<'neuron'>): ScalarReader {
  return perRun({ layer, inside: ['pre'], position }, (rows, run) => {
    const pre = output(rows, 'pre');
    return pre[(run * rows.count + position - rows.first) * config.d_mlp + neuron] ?? Number.NaN;
  });
}

async function latentReader(
  model: VariantModel,
  { sae: id, index, position }: Of<'latent'>,
): Promise<ScalarReader> {
  const runner = model.sae(id);
  const { config } = runner.sae;
  const { hook, layer } = saeSite(model, id);
  const weights = await runner.latents([index]);
  const direction = times(need(weights, 'W_enc').data, need(weights, 'gain').data[0] ?? Number.NaN);
  const shift = config.apply_b_dec_to_input ? dot(need(weights, 'b_dec').data, direction) : 0;
  const constant = (need(weights, 'bias').data[0] ?? Number.NaN) - shift;
  const preActivation = (x: Float32Array): number =>
    throughInput(config, x, direction, 'frozen').value + constant;
  if (hook === 'resid_pre' || hook === 'resid_post') {
    const boundary = hook === 'resid_pre' ? layer : layer + 1;
    return perRun({ layer: boundary, inside: [], position }, ({ resid }, run) =>
      preActivation(row(resid, run)),
    );
  }
  return perRun({ layer, inside: [hook], position }, (rows, run) => {
    const from = (run * rows.count + position - rows.first) * config.d_in;
    return preActivation(output(rows, hook).subarray(from, from + config.d_in));
  });
}

/** A head's query, key or value row of one run. Shape [d_head]. */
type HeadRow = (rows: ReadRows, run: number, position: number) => Float32Array;

function headRow({ config }: VariantModel, part: 'q' | 'k' | 'v', head: number, base: Float32Array): HeadRow {
  return (rows, run, position) => {
    if (position < rows.first) return base; // rows before the first are the base run's own
    const from = ((run * config.n_heads + head) * rows.count + position - rows.first) * config.d_head;
    return output(rows, part).subarray(from, from + config.d_head);
  };
}

async function scoreReader(model: VariantModel, base: Trace, scalar: Of<'score'>): Promise<ScalarReader> {
  const { layer, head, position, source, through } = scalar;
  const acts = await base.layer(layer);
  const held = (part: 'q' | 'k', at: number): Float32Array => {
    const { data, dims } = need(acts, part); // [1, head, pos, d_head]
    const from = (head * (dims[2] ?? 0) + at) * model.config.d_head;
    return data.subarray(from, from + model.config.d_head);
  };
  const [q, k] = [held('q', position), held('k', source)];
  const [liveQ, liveK] = [headRow(model, 'q', head, q), headRow(model, 'k', head, k)];
  const scale = scoreScale({ config: model.config, layer });
  const inside: readonly BlockOutput[] = through === 'qk' ? ['q', 'k'] : [through];
  const last = through === 'k' ? source : position;
  return perRun({ layer, inside, position: last }, (rows, run) => {
    const query = through === 'k' ? q : liveQ(rows, run, position);
    const key = through === 'q' ? k : liveK(rows, run, source);
    return dot(query, key) * scale;
  });
}

async function valueReader(model: VariantModel, base: Trace, scalar: Of<'value'>): Promise<ScalarReader> {
  const { layer, head, position, source, downstream } = scalar;
  const { n_heads, d_head } = model.config;
  const from: GradientSource = { runner: model.runner, trace: base, sae: (id) => model.sae(id) };
  const above = (await gradients(from, downstream, { frozenScale: true, hooks: ['z'], lowest: layer })).layer(
    layer,
  );
  const acts = await base.layer(layer);
  const [v, pattern] = [need(acts, 'v'), need(acts, 'pattern')];
  const length = base.ids.length;
  const weight = pattern.data[(head * length + position) * length + source] ?? Number.NaN;
  const start = (position * n_heads + head) * d_head; // [1, pos, head, d_head]
  const keep = keptPart(base.edits, { hook: 'z', layer, head, position }) ?? 1;
  const z = above ? need(above, 'z').data.subarray(start, start + d_head) : new Float32Array(d_head);
  const g = times(z, keep);
  const ownFrom = (head * length + source) * d_head;
  const live = headRow(model, 'v', head, v.data.subarray(ownFrom, ownFrom + d_head));
  return perRun({ layer, inside: ['v'], position: source }, (rows, run) => {
    return weight * dot(live(rows, run, source), g);
  });
}

/** A reader without a final LayerNorm. */
function perRun(
  where: Pick<ScalarReader, 'layer' | 'inside' | 'position'>,
  value: (rows: ReadRows, run: number) => number,
): ScalarReader {
  return {
    ...where,
    read: (rows) =>
      Promise.resolve({
        live: Float64Array.from({ length: rows.runs }, (_, run) => value(rows, run)),
        frozen: null,
      }),
  };
}

function output({ inside }: ReadRows, name: BlockOutput): Float32Array {
  return need(inside ?? new Map(), name).data;
}
