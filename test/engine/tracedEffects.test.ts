import assert from 'node:assert/strict';
import { measureNodes } from '../../src/core/analysis/measure/measure.ts';
import { referenceForward, type Edit, type ReferenceRun } from '../../src/core/model/gpt2.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import type { Node } from '../../src/core/trace/node.ts';
import type { Scalar } from '../../src/core/trace/gradients/scalar.ts';
import { hold, type ReferenceScalar } from '../support/differences.ts';
import { outputScale } from '../support/referenceEdits.ts';
import { hookOf, readLatent, readLogits, readNeuron, readValue } from '../support/referenceScalars.ts';
import { withVariantModel, type OpenVariants } from '../support/variantModel.ts';

const POSITIONS = 8;
const LAST = POSITIONS - 1;
/** Relative to the largest effect: float32 differences against float64 ones. */
const TOLERANCE = 1e-4;

const LOGITS = { kind: 'logits', reading: 'logit_diff', targets: [5, 9], distractors: [17] } as const;
const NEURON = { kind: 'neuron', layer: 2, neuron: 7, position: 6 } as const;
const PAIR = { kind: 'value', layer: 1, head: 2, position: 6, source: 4 } as const;

/** Read: at every hook that a latent can be traced from, with every normalisation and architecture. */
const SAES = [
  { hook_name: 'blocks.1.hook_mlp_out', architecture: 'standard' },
  { hook_name: 'blocks.1.hook_attn_out', architecture: 'topk', normalize_activations: 'layer_norm' },
  { hook_name: 'blocks.1.hook_resid_post', architecture: 'jumprelu', center_input: true, input_scale: 0.5 },
  { hook_name: 'blocks.1.hook_resid_mid', architecture: 'topk', rescale_acts_by_decoder_norm: true },
  { hook_name: 'blocks.2.hook_resid_pre', architecture: 'gated' },
  {
    hook_name: 'blocks.1.attn.hook_z',
    architecture: 'topk',
    normalize_activations: 'constant_norm_rescale',
    json: { reshape_activations: 'hook_z' },
  },
  { hook_name: 'blocks.1.mlp.hook_post', architecture: 'standard' },
] as const;
/** Ablated: its latents write before all that is read. */
const EARLY = { hook_name: 'blocks.0.hook_mlp_out', architecture: 'standard', form: 'OpenAI' } as const;
const EARLY_POST = { hook_name: 'blocks.0.mlp.hook_post', architecture: 'standard', form: 'OpenAI' } as const;

const NODES: readonly Node[] = [
  { kind: 'embedding', position: 3 },
  { kind: 'neuron', layer: 0, neuron: 3, position: 4 },
  { kind: 'neuron', layer: 0, neuron: 11, position: 1 },
  { kind: 'head', layer: 0, head: 1, position: 4, source: 2 },
  { kind: 'head', layer: 0, head: 0, position: 6, source: 6 },
  { kind: 'bias', name: 'b_O', layer: 0, position: 4 },
  { kind: 'bias', name: 'b_out', layer: 0, position: 4 },
  // After what is read: it cannot matter.
  { kind: 'neuron', layer: 0, neuron: 3, position: LAST },
];

describe('measured effects on traced scalars equal float64 differences', function () {
  this.timeout(60_000);

  it('of values, towards logits, a neuron and a latent', () =>
    withVariantModel({ ...MODEL, saes: [SAES[2], EARLY] }, async (opened) => {
      const [read, early] = [saeAt(opened, SAES[2]), saeAt(opened, EARLY)];
      const clean = referenceOf(opened);
      const latent = { kind: 'latent', sae: read.id, index: 3, position: 6 } as const;
      const downstreams = [{ ...LOGITS, position: 6 }, NEURON, latent] as const;
      for (const downstream of downstreams) {
        const scalar = { ...PAIR, downstream };
        const far = referenceDownstream(opened, clean, downstream);
        const reader = readValue(opened.model.config, scalar, { clean, downstream: far });
        await check(opened, scalar, reader, [...NODES, ...latentsOf(opened, clean, early)]);
      }
    }));

  it('of latents, after an ablated latent of mlp.hook_post', () =>
    withVariantModel({ ...MODEL, saes: [SAES[4], EARLY_POST] }, async (opened) => {
      const [read, early] = [saeAt(opened, SAES[4]), saeAt(opened, EARLY_POST)];
      const scalar = { kind: 'latent', sae: read.id, index: 3, position: 6 } as const;
      const reader = readLatent(read.config, read.weights, scalar, null);
      await check(opened, scalar, reader, latentsOf(opened, referenceOf(opened), early));
    }));

  for (const options of SAES) {
    it(`of latents, ${options.architecture} at ${options.hook_name}`, () =>
      withVariantModel({ ...MODEL, saes: [options, EARLY] }, async (opened) => {
        const [read, early] = [saeAt(opened, options), saeAt(opened, EARLY)];
        const clean = referenceOf(opened);
        const scalar = { kind: 'latent', sae: read.id, index: 3, position: 6 } as const;
        const reader = readLatent(read.config, read.weights, scalar, null);
        await check(opened, scalar, reader, [...NODES, ...latentsOf(opened, clean, early)]);
      }));
  }
});

const MODEL = { seed: 12, positions: POSITIONS, config: { n_layer: 3 } } as const;

async function check(
  opened: OpenVariants,
  scalar: Scalar,
  read: (run: ReferenceRun) => number,
  nodes: readonly Node[],
): Promise<void> {
  const { model, trace } = opened;
  const clean = referenceOf(opened);
  const found = await measureNodes(model, trace, nodes, scalar);
  const expected = nodes.map((node) => read(clean) - read(referenceOf(opened, without(opened, clean, node))));
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(largest > 1e-3, 'something matters');
  for (const [index, node] of nodes.entries()) {
    const [effect, wanted] = [found[index]?.effect ?? Number.NaN, expected[index] ?? Number.NaN];
    const error = Math.abs(effect - wanted) / largest;
    assert.ok(error < TOLERANCE, `${JSON.stringify([scalar, node])}: ${effect}, float64 ${wanted}`);
    if (node.position === LAST) assert.equal(effect, 0);
    assert.equal(found[index]?.frozen, null);
  }
}

function referenceOf({ model, weights, trace }: OpenVariants, edit?: Edit): ReferenceRun {
  return referenceForward(model.config, weights, trace.ids, edit);
}

/** The downstream scalar of a value trace, the scale that it reads through held. */
function referenceDownstream(
  opened: OpenVariants,
  clean: ReferenceRun,
  scalar: Extract<Scalar, { readonly kind: 'logits' | 'neuron' | 'latent' }>,
): ReferenceScalar {
  const { weights, trace } = opened;
  const { config } = opened.model;
  const base = { config, weights, ids: trace.ids };
  switch (scalar.kind) {
    case 'logits': {
      const edit = hold(clean, [{ name: 'ln_final.hook_scale', rows: [scalar.position] }]);
      return { ...base, edit, read: readLogits(config, scalar) };
    }
    case 'neuron': {
      const name = `blocks.${scalar.layer}.ln2.hook_scale`;
      const edit = hold(clean, [{ name, rows: [scalar.position] }]);
      return { ...base, edit, read: readNeuron(config, scalar.layer, scalar.neuron, scalar.position) };
    }
    case 'latent': {
      const sae = opened.saes.find(({ id }) => id === scalar.sae) ?? assert.fail();
      return { ...base, read: readLatent(sae.config, sae.weights, scalar, clean) };
    }
  }
}

type OpenSae = OpenVariants['saes'][number];

function saeAt({ saes }: OpenVariants, { hook_name }: { readonly hook_name: string }): OpenSae {
  return saes.find(({ config }) => config.hook_name === hook_name) ?? assert.fail(hook_name);
}

/** The first two active latents of a SAE at a token, its error and its decoder bias. */
function latentsOf({ model }: OpenVariants, clean: ReferenceRun, { id, config, weights }: OpenSae): Node[] {
  const position = 4;
  const row = hookOf(clean, config.hook_name).subarray(position * config.d_in, (position + 1) * config.d_in);
  const active = [...referenceSae(config, weights, row).acts.entries()].filter(([, value]) => value > 0);
  assert.ok(active.length >= 2 && model.config.n_layers > 1);
  const at = { sae: id, layer: 0, position };
  return [
    ...active.slice(0, 2).map(([index]): Node => ({ kind: 'latent', ...at, index })),
    { kind: 'error', ...at },
    { kind: 'bias', name: 'b_dec', ...at },
  ];
}

/** The node's activation at 0, as a change of the float64 run's hook. */
function without(opened: OpenVariants, clean: ReferenceRun, node: Node): Edit {
  const { d_mlp } = opened.model.config;
  const added = (hook: string, vector: ArrayLike<number>): Edit =>
    change(hook, (values) => {
      for (let i = 0; i < vector.length; i++) {
        const at = node.position * vector.length + i;
        values[at] = (values[at] ?? Number.NaN) + (vector[i] ?? Number.NaN);
      }
    });
  switch (node.kind) {
    case 'embedding':
      return change('blocks.0.hook_resid_pre', (values) => {
        const width = values.length / POSITIONS;
        values.fill(0, node.position * width, (node.position + 1) * width);
      });
    case 'neuron':
      return change(`blocks.${node.layer}.mlp.hook_post`, (values) => {
        values[node.position * d_mlp + node.neuron] = 0;
      });
    case 'head':
      return change(`blocks.${node.layer}.attn.hook_pattern`, (values) => {
        values[(node.head * POSITIONS + node.position) * POSITIONS + node.source] = 0;
      });
    case 'bias':
    case 'latent':
    case 'error': {
      const [hook, constant] = constantOf(opened, clean, node);
      return added(
        hook,
        constant.map((value) => -value),
      );
    }
  }
}

/** What a bias, a latent or an error adds to its hook at its token. */
function constantOf(
  opened: OpenVariants,
  clean: ReferenceRun,
  node: Extract<Node, { readonly kind: 'bias' | 'latent' | 'error' }>,
): [hook: string, constant: Float64Array] {
  if (node.kind === 'bias' && node.name !== 'b_dec') {
    const [hook, weight] = node.name === 'b_O' ? ['attn_out', 'attn'] : ['mlp_out', 'mlp'];
    const bias = opened.weights(`h.${node.layer ?? 0}.${weight}.c_proj.bias`);
    return [`blocks.${node.layer ?? 0}.hook_${hook}`, Float64Array.from(bias)];
  }
  const { config, weights } = opened.saes.find(({ id }) => id === node.sae) ?? assert.fail();
  const { d_in, hook_name } = config;
  const row = hookOf(clean, hook_name).subarray(node.position * d_in, (node.position + 1) * d_in);
  const { acts, error } = referenceSae(config, weights, row);
  if (node.kind === 'error') return [hook_name, error];
  if (node.kind === 'bias') return [hook_name, Float64Array.from(weights('b_dec'))];
  const by = (acts[node.index] ?? Number.NaN) * outputScale(config, row);
  const direction = Float64Array.from(weights('W_dec').subarray(node.index * d_in, (node.index + 1) * d_in));
  return [hook_name, direction.map((value) => value * by)];
}

function change(hook: string, edit: (values: Float64Array) => void): Edit {
  return (name, values) => {
    if (name === hook) edit(values);
  };
}
