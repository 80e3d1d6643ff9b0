import assert from 'node:assert/strict';
import { referenceForward } from '../../src/core/model/gpt2.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import type { LatentEdit } from '../../src/core/trace/edits/runEdit.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { assertClose } from '../support/closeness.ts';
import type { RandomSaeOptions } from '../support/randomSae.ts';
import { outputScale, referenceEdits } from '../support/referenceEdits.ts';
import { withVariantModel, type OpenVariants } from '../support/variantModel.ts';

const POSITIONS = 8;
const AT = 4;
const TOLERANCE = 1e-4;
/** Of a hook's numbers: one rounding when something is added to them. */
const ROUNDING = 2 ** -23;

type Options = Omit<RandomSaeOptions, 'd_in'>;
const z = { reshape_activations: 'hook_z' };
const PREPARATIONS = [
  { normalize_activations: 'layer_norm' },
  { normalize_activations: 'constant_norm_rescale' },
  { center_input: true, normalize_activations: 'constant_norm_rescale' },
  { center_input: true, input_scale: 0.6 },
] as const satisfies readonly Partial<Options>[];
const SAES: readonly Options[] = PREPARATIONS.flatMap((prepared): Options[] => [
  { hook_name: 'blocks.1.hook_mlp_out', architecture: 'standard', ...prepared },
  { hook_name: 'blocks.1.hook_attn_out', architecture: 'topk', ...prepared },
  { hook_name: 'blocks.0.hook_resid_post', architecture: 'jumprelu', ...prepared },
  { hook_name: 'blocks.1.hook_resid_mid', architecture: 'gated', ...prepared },
  { hook_name: 'blocks.1.attn.hook_z', architecture: 'topk', ...prepared, json: z },
  { hook_name: 'blocks.1.mlp.hook_post', architecture: 'jumprelu', ...prepared },
]);
const TURNED: readonly Options[] = [
  { hook_name: 'blocks.1.hook_mlp_out', architecture: 'topk', form: 'OpenAI' },
  { hook_name: 'blocks.0.hook_resid_post', architecture: 'gated', form: 'dictionary_learning' },
  { hook_name: 'blocks.0.mlp.hook_post', architecture: 'standard', form: 'OpenAI' },
];

/** What is done to the two most active latents or the error at a token, and by how much that moves them. */
const CASES: readonly {
  readonly name: string;
  readonly edits: (active: readonly number[]) => readonly Pick<LatentEdit, 'index' | 'keep' | 'value'>[];
}[] = [
  { name: 'a latent at 0', edits: ([first = 0]) => [{ index: first, keep: 0, value: 0 }] },
  { name: 'a latent halved', edits: ([first = 0]) => [{ index: first, keep: 0.5, value: 0 }] },
  { name: 'a latent set', edits: ([, second = 0]) => [{ index: second, keep: 0, value: 7 }] },
  {
    name: 'two latents at 0',
    edits: ([first = 0, second = 0]) => [
      { index: first, keep: 0, value: 0 },
      { index: second, keep: 0, value: 0 },
    ],
  },
  { name: 'the error at 0', edits: () => [{ index: 'error', keep: 0, value: 0 }] },
];

describe('edited latents of SAEs that normalise their input', function () {
  this.timeout(60_000);
  for (const options of [...SAES, ...TURNED]) {
    const { hook_name, architecture: _, json: __, ...prepared } = options;
    it(`move ${hook_name} by (new z - z) * scale * W_dec, the scale as it was: ${JSON.stringify(prepared)}`, () =>
      withVariantModel({ seed: 13, positions: POSITIONS, saes: [options] }, async (opened) => {
        for (const { name, edits } of CASES)
          await check(opened, edits(mostActive(await readingOf(opened)))).catch((error: unknown) => {
            throw new Error(`${name}: ${String(error)}`, { cause: error });
          });
      }));
  }
});

async function check(
  opened: OpenVariants,
  moved: readonly Pick<LatentEdit, 'index' | 'keep' | 'value'>[],
): Promise<void> {
  const { model, trace, weights } = opened;
  const sae = opened.saes[0] ?? assert.fail();
  const { d_in, hook_name } = sae.config;
  const edits = moved.map((own): LatentEdit => ({ kind: 'latent', sae: sae.id, positions: [AT], ...own }));
  const edited = await Trace.run(model.runner, trace.ids, { edits, saes: model.source.saes });
  const [before, after] = [(await trace.hook(hook_name)).data, (await edited.hook(hook_name)).data];
  const expected = await movedBy(opened, moved);
  const largest = Math.max(...expected.map(Math.abs));
  assert.ok(largest > 0.01, 'the edit does something');
  after.forEach((value, index) => {
    const old = before[index] ?? Number.NaN;
    const unit = index - AT * d_in;
    if (unit < 0 || unit >= d_in) return assert.ok(value === old, 'another token');
    const wanted = expected[unit] ?? Number.NaN;
    const allowed = 1e-5 * largest + ROUNDING * Math.abs(old);
    assert.ok(Math.abs(value - old - wanted) <= allowed, `${unit}: ${value - old} instead of ${wanted}`);
  });
  const reference = referenceEdits(edits, new Map([[sae.id, sae]]));
  const run = referenceForward(model.config, weights, trace.ids, reference);
  for (const [name, { data }] of run.hooks)
    assertClose((await edited.hook(name)).data, data, TOLERANCE, name);
}

/** Written out: the SAE in float64 at the unedited hook. Shape [d_in]. */
async function movedBy(
  opened: OpenVariants,
  moved: readonly Pick<LatentEdit, 'index' | 'keep' | 'value'>[],
): Promise<Float64Array> {
  const { acts, error, scale } = await readingOf(opened);
  const { config, weights } = opened.saes[0] ?? assert.fail();
  const W_dec = weights('W_dec');
  const sum = new Float64Array(config.d_in);
  for (const { index, keep, value } of moved) {
    const added = typeof value === 'number' ? value : Number.NaN;
    for (let i = 0; i < config.d_in; i++) {
      const step =
        index === 'error'
          ? (keep - 1) * (error[i] ?? Number.NaN)
          : ((keep - 1) * (acts[index] ?? Number.NaN) + added) *
            scale *
            (W_dec[index * config.d_in + i] ?? Number.NaN);
      sum[i] = (sum[i] ?? 0) + step;
    }
  }
  return sum;
}

async function readingOf({ trace, saes }: OpenVariants): Promise<{
  readonly acts: Float64Array;
  readonly error: Float64Array;
  readonly scale: number;
}> {
  const { config, weights } = saes[0] ?? assert.fail();
  const { data } = await trace.hook(config.hook_name);
  const row = data.subarray(AT * config.d_in, (AT + 1) * config.d_in);
  return { ...referenceSae(config, weights, row), scale: outputScale(config, row) };
}

function mostActive({ acts }: { readonly acts: Float64Array }): number[] {
  const active = [...acts.entries()].filter(([, value]) => value > 0).toSorted(([, a], [, b]) => b - a);
  assert.ok(active.length >= 2, 'two latents are active');
  return active.map(([index]) => index);
}
