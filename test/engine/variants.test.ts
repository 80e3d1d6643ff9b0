import assert from 'node:assert/strict';
import { measureNodes } from '../../src/core/analysis/measure/measure.ts';
import { referenceForward, type Edit } from '../../src/core/model/gpt2.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import type { Node } from '../../src/core/trace/node.ts';
import type { LatentEdit, RunEdit } from '../../src/core/trace/edits/runEdit.ts';
import type { LogitScalar, Scalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { createReader } from '../../src/core/trace/variants/createReader.ts';
import { runVariants } from '../../src/core/trace/variants/runVariants.ts';
import { expectError } from '../support/expectError.ts';
import { normals, seededRandom } from '../support/random.ts';
import type { RandomModelOptions } from '../support/randomModel.ts';
import { outputScale } from '../support/referenceEdits.ts';
import { withVariantModel } from '../support/variantModel.ts';

const POSITIONS = 10;
const LAST = POSITIONS - 1;
/** Relative to the largest value. */
const TOLERANCE = 1e-4;
const ACROSS_PATHS = 1e-5;

const LOGIT_DIFF: LogitScalar = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [5, 9],
  distractors: [17],
  position: LAST,
};
const SCALARS: readonly Scalar[] = [
  LOGIT_DIFF,
  { ...LOGIT_DIFF, reading: 'logit', position: 6 },
  { ...LOGIT_DIFF, reading: 'log_prob' },
  { kind: 'neuron', layer: 1, neuron: 7, position: LAST },
  { kind: 'score', layer: 1, head: 2, position: 8, source: 3, through: 'q' },
  { kind: 'score', layer: 1, head: 2, position: 8, source: 3, through: 'k' },
  { kind: 'score', layer: 1, head: 2, position: 8, source: 3, through: 'qk' },
];

/** An edit in both languages: the engine's, and as a change of the float64 reference's hook. */
interface Case {
  readonly name: string;
  readonly edits: (config: ModelConfig) => readonly RunEdit[];
  readonly reference: Edit;
}

const noise = (count: number, seed: number): Float32Array =>
  normals(seededRandom(seed), count, { mean: 0, std: 1 });

function atHook(hook: string, change: (values: Float64Array, dims: readonly number[]) => void): Edit {
  return (name, values, dims) => {
    if (name === hook) change(values, dims);
  };
}

/** Writes into one row of a [pos, ...] hook. */
function setRow(
  values: Float64Array,
  position: number,
  change: (value: number, unit: number) => number,
): void {
  const width = values.length / POSITIONS;
  for (let unit = 0; unit < width; unit++) {
    values[position * width + unit] = change(values[position * width + unit] ?? 0, unit);
  }
}

const CASES: readonly Case[] = [
  {
    name: 'neuron to 0',
    edits: () => [{ kind: 'hook', hook: 'post', layer: 0, index: 3, positions: [4], keep: 0, value: 0 }],
    reference: atHook('blocks.0.mlp.hook_post', (values) =>
      setRow(values, 4, (value, unit) => (unit === 3 ? 0 : value)),
    ),
  },
  {
    name: 'neuron set at several positions',
    edits: () => [
      { kind: 'hook', hook: 'post', layer: 1, index: 5, positions: [2, LAST], keep: 0, value: 3 },
    ],
    reference: atHook('blocks.1.mlp.hook_post', (values) => {
      for (const at of [2, LAST]) setRow(values, at, (value, unit) => (unit === 5 ? 3 : value));
    }),
  },
  {
    name: 'single pair of a head',
    edits: () => [
      { kind: 'hook', hook: 'pattern', layer: 0, head: 1, index: 2, positions: [5], keep: 0, value: 0 },
    ],
    reference: atHook('blocks.0.attn.hook_pattern', (values) => {
      values[(1 * POSITIONS + 5) * POSITIONS + 2] = 0;
    }),
  },
  {
    name: 'all pairs of a head at one query',
    edits: () => [{ kind: 'hook', hook: 'pattern', layer: 1, head: 1, positions: [5], keep: 0, value: 0 }],
    reference: atHook('blocks.1.attn.hook_pattern', (values) => {
      values.fill(0, (1 * POSITIONS + 5) * POSITIONS, (1 * POSITIONS + 6) * POSITIONS);
    }),
  },
  {
    name: 'whole head at all positions',
    edits: () => [
      { kind: 'hook', hook: 'z', layer: 0, head: 2, positions: allPositions(), keep: 0, value: 0 },
    ],
    reference: atHook('blocks.0.attn.hook_z', (values, dims) => {
      const [, heads = 1, width = 1] = dims;
      for (let at = 0; at < POSITIONS; at++)
        values.fill(0, (at * heads + 2) * width, (at * heads + 3) * width);
    }),
  },
  {
    name: 'residual stream replaced',
    edits: ({ d_model }) => [
      { kind: 'residual', hook: 'resid_pre', layer: 1, positions: [6], keep: 0, value: [noise(d_model, 3)] },
    ],
    reference: atHook('blocks.1.hook_resid_pre', (values) =>
      setRow(values, 6, (_, unit) => noise(values.length / POSITIONS, 3)[unit] ?? 0),
    ),
  },
  {
    name: 'embedding to 0',
    edits: () => [{ kind: 'residual', hook: 'resid_pre', layer: 0, positions: [0], keep: 0, value: 0 }],
    reference: atHook('blocks.0.hook_resid_pre', (values) => setRow(values, 0, () => 0)),
  },
  {
    name: 'resid_mid, attn_out and mlp_out moved together',
    edits: ({ d_model }) => [
      { kind: 'hook', hook: 'attn_out', layer: 0, positions: [3], keep: 1, value: [noise(d_model, 4)] },
      { kind: 'residual', hook: 'resid_mid', layer: 0, positions: [3], keep: 0.5, value: 0 },
      { kind: 'hook', hook: 'mlp_out', layer: 1, positions: [7], keep: 2, value: 0 },
    ],
    reference: (name, values) => {
      const width = values.length / POSITIONS;
      if (name === 'blocks.0.hook_attn_out')
        setRow(values, 3, (value, unit) => value + (noise(width, 4)[unit] ?? 0));
      if (name === 'blocks.0.hook_resid_mid') setRow(values, 3, (value) => value / 2);
      if (name === 'blocks.1.hook_mlp_out') setRow(values, 7, (value) => 2 * value);
    },
  },
  ...(['q', 'k', 'v'] as const).map((part): Case => ({
    name: `${part} of a head at one position`,
    edits: ({ d_head }) => [
      {
        kind: 'hook',
        hook: part,
        layer: 0,
        head: 1,
        positions: [4],
        keep: 0,
        value: [noise(d_head, 5)],
      },
    ],
    reference: atHook(`blocks.0.attn.hook_${part}`, (values, dims) => {
      const [, heads = 1, width = 1] = dims;
      values.set(noise(width, 5), (4 * heads + 1) * width);
    }),
  })),
];

function allPositions(): number[] {
  return Array.from({ length: POSITIONS }, (_, at) => at);
}

describe('variants: equal to independent float64 runs', () => {
  const models: readonly (RandomModelOptions & { readonly name: string })[] = [
    { name: 'two layers', seed: 1 },
    {
      name: 'odd sizes, untied',
      seed: 2,
      config: { n_embd: 21, n_head: 3, n_inner: 50, n_layer: 3, tie_word_embeddings: false },
    },
  ];
  for (const { name, ...options } of models) {
    it(name, () =>
      withVariantModel({ ...options, positions: POSITIONS }, async ({ model, trace, weights }) => {
        const variants = CASES.map(({ edits }) => edits(model.config));
        const clean = referenceForward(model.config, weights, trace.ids);
        const runs = CASES.map(({ reference }) =>
          referenceForward(model.config, weights, trace.ids, reference),
        );
        for (const scalar of SCALARS) {
          const reader = await createReader(model, trace, scalar);
          const { value, base } = await runVariants(model, trace, variants, reader);
          const scale = Math.max(1, Math.abs(scalarOf(clean, scalar, clean, model.config)));
          for (const [index, { name: what }] of CASES.entries()) {
            const expected = scalarOf(runs[index] ?? clean, scalar, clean, model.config);
            const close = (actual: number | undefined, wanted: number, which: string): void => {
              const error = Math.abs((actual ?? Number.NaN) - wanted) / scale;
              assert.ok(error < TOLERANCE, `${what}, ${JSON.stringify(scalar)}, ${which}: error ${error}`);
            };
            close(value[index], expected, 'edited');
            close(base[index], scalarOf(clean, scalar, clean, model.config), 'base');
          }
        }
      }),
    );
  }
});

/** SAEs at every kind of hook that edits reach, with and without a scale to undo. */
const SAES = [
  { hook_name: 'blocks.0.hook_mlp_out', architecture: 'standard', form: 'dictionary_learning' },
  { hook_name: 'blocks.1.hook_attn_out', architecture: 'topk', normalize_activations: 'layer_norm' },
  { hook_name: 'blocks.0.hook_resid_post', architecture: 'jumprelu', center_input: true, input_scale: 1.7 },
  {
    hook_name: 'blocks.0.attn.hook_z',
    architecture: 'topk',
    normalize_activations: 'constant_norm_rescale',
    json: { reshape_activations: 'hook_z' },
  },
  { hook_name: 'blocks.1.mlp.hook_post', architecture: 'gated', normalize_activations: 'layer_norm' },
] as const;

describe('variants: latents and error terms', () => {
  it('equal independent runs without z * scale * W_dec, alone and two at a time', () =>
    withVariantModel({ seed: 8, positions: POSITIONS, saes: SAES }, async (opened) => {
      const { model, trace, weights, saes } = opened;
      const clean = referenceForward(model.config, weights, trace.ids);
      for (const { id, config, weights: saeWeights } of saes) {
        const input = clean.hooks.get(config.hook_name)?.data ?? new Float64Array();
        const { acts, error } = referenceSae(config, saeWeights, input);
        const at = 5;
        const active = [...acts.subarray(at * config.d_sae, (at + 1) * config.d_sae).entries()]
          .filter(([, activation]) => activation > 0)
          .map(([index]) => index);
        const [first = -1, second = -1] = active;
        assert.ok(second >= 0, `${id} has two active latents`);
        const scale = outputScale(config, input.subarray(at * config.d_in, (at + 1) * config.d_in));
        const W_dec = saeWeights('W_dec');
        const without = (...latents: readonly number[]): Edit =>
          atHook(config.hook_name, (values) =>
            setRow(values, at, (value, unit) =>
              latents.reduce(
                (rest, latent) =>
                  rest -
                  (acts[at * config.d_sae + latent] ?? 0) * scale * (W_dec[latent * config.d_in + unit] ?? 0),
                value,
              ),
            ),
          );
        const zero = (index: number | 'error'): LatentEdit => {
          return { kind: 'latent', sae: id, index, positions: [at], keep: 0, value: 0 };
        };
        const cases: [readonly RunEdit[], Edit][] = [
          [[zero(first)], without(first)],
          [[zero(first), zero(second)], without(first, second)],
          [
            [zero('error')],
            atHook(config.hook_name, (values) =>
              setRow(values, at, (value, unit) => value - (error[at * config.d_in + unit] ?? 0)),
            ),
          ],
        ];
        const reader = await createReader(model, trace, LOGIT_DIFF);
        const edits = cases.map(([edit]) => edit);
        const nothing = [first, second].map((index): RunEdit => ({ ...zero(index), keep: 1 }));
        const all = [...edits, nothing.slice(0, 1), nothing];
        const { value, base } = await runVariants(model, trace, all, reader);
        assert.deepEqual(value.slice(-2), base.slice(-2), `${id}: latents kept as they are`);
        for (const [index, [, reference]] of cases.entries()) {
          const run = referenceForward(model.config, weights, trace.ids, reference);
          const expected = scalarOf(run, LOGIT_DIFF, clean, model.config);
          const difference =
            Math.abs((value[index] ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected));
          assert.ok(difference < TOLERANCE, `${id}, case ${index}: ${difference}`);
        }
      }
    }));
});

describe('variants: on top of an edited run', () => {
  it('edits of the base hold downstream and a no-op has an effect of exactly 0', () =>
    withVariantModel({ seed: 9, positions: POSITIONS }, async ({ model, trace, weights }) => {
      const names = new Set([
        'whole head at all positions',
        'resid_mid, attn_out and mlp_out moved together',
        'v of a head at one position',
      ]);
      const baseCases = CASES.filter(({ name }) => names.has(name));
      const edits = baseCases.flatMap((each) => each.edits(model.config));
      const base = await Trace.run(model.runner, trace.ids, { edits });
      const both =
        (own: Edit): Edit =>
        (...hook) => {
          for (const { reference } of baseCases) reference(...hook);
          own(...hook);
        };
      const nothing: RunEdit = {
        kind: 'hook',
        hook: 'post',
        layer: 0,
        index: 1,
        positions: [3],
        keep: 1,
        value: 0,
      };
      const variants = [[nothing], ...CASES.map((each) => each.edits(model.config))];
      const reader = await createReader(model, base, LOGIT_DIFF);
      const { value, base: baseValue } = await runVariants(model, base, variants, reader);
      assert.equal(value[0], baseValue[0]);
      const clean = referenceForward(model.config, weights, trace.ids);
      for (const [index, { name, reference }] of CASES.entries()) {
        const run = referenceForward(model.config, weights, trace.ids, both(reference));
        const expected = scalarOf(run, LOGIT_DIFF, clean, model.config);
        const error = Math.abs((value[index + 1] ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected));
        assert.ok(error < TOLERANCE, `${name}: ${error}`);
      }
    }));
});

describe('variants: paths', () => {
  it('a run gives the same bits alone, in a batch, and a second time', () =>
    withVariantModel({ seed: 3, positions: POSITIONS }, async ({ model, trace }) => {
      const reader = await createReader(model, trace, LOGIT_DIFF);
      const variants = CASES.map(({ edits }) => edits(model.config));
      const together = await runVariants(model, trace, variants, reader);
      const again = await runVariants(model, trace, variants, reader);
      assert.deepEqual(again, together);
      for (const [index, edits] of variants.entries()) {
        const alone = await runVariants(model, trace, [edits], reader);
        assert.equal(alone.value[0], together.value[index], CASES[index]?.name);
        assert.equal(alone.base[0], together.base[index], CASES[index]?.name);
        assert.equal(alone.frozen?.value[0], together.frozen?.value[index], CASES[index]?.name);
      }
    }));

  it('an edit that changes nothing has an effect of exactly 0', () =>
    withVariantModel({ seed: 4, positions: POSITIONS }, async ({ model, trace }) => {
      const { d_model } = model.config;
      const own = trace.residPre(1).data.slice(6 * d_model, 7 * d_model);
      const hook = (
        name: 'post' | 'z' | 'pattern' | 'q' | 'k' | 'v' | 'attn_out' | 'mlp_out',
        at: number,
      ): RunEdit => ({
        kind: 'hook',
        hook: name,
        layer: 0,
        ...(name === 'attn_out' || name === 'mlp_out' ? {} : { head: 1 }),
        ...(name === 'post' ? { index: 2 } : {}),
        positions: [at, LAST],
        keep: 1,
        value: 0,
      });
      const variants: RunEdit[][] = [
        [],
        ...(['post', 'z', 'pattern', 'q', 'k', 'v', 'attn_out', 'mlp_out'] as const).flatMap((name) =>
          [0, 4, LAST].map((at) => [hook(name, at)]),
        ),
        [{ kind: 'residual', hook: 'resid_pre', layer: 1, positions: [6], keep: 0, value: [own] }],
        [hook('post', 3), hook('z', 5)],
      ];
      for (const scalar of SCALARS) {
        const reader = await createReader(model, trace, scalar);
        const { value, base, frozen } = await runVariants(model, trace, variants, reader);
        for (const index of variants.keys()) {
          const what = `${JSON.stringify(variants[index]?.[0] ?? null)} of ${JSON.stringify(scalar)}`;
          assert.equal(value[index], base[index], what);
          assert.equal(frozen?.value[index], frozen?.base[index], `frozen: ${what}`);
        }
      }
    }));

  it('the shared past changes nothing beyond rounding', () =>
    withVariantModel({ seed: 5, positions: POSITIONS }, async ({ model, trace }) => {
      const reader = await createReader(model, trace, LOGIT_DIFF);
      const late: RunEdit = {
        kind: 'hook',
        hook: 'post',
        layer: 0,
        index: 3,
        positions: [LAST],
        keep: 0,
        value: 0,
      };
      const noop: RunEdit = { ...late, positions: [0], keep: 1 };
      const { value } = await runVariants(model, trace, [[late], [late, noop]], reader);
      const [shared = Number.NaN, whole = Number.NaN] = value;
      assert.ok(Math.abs(shared - whole) / Math.abs(whole) < ACROSS_PATHS, `${shared} and ${whole}`);
      const other: RunEdit = { ...late, layer: 1 };
      const both = await runVariants(model, trace, [[late, other]], reader);
      assert.notEqual(both.value[0], shared, 'the second edit is not lost');
    }));

  it('pair mode leaves the other keys of the query alone', () =>
    withVariantModel({ seed: 6, positions: POSITIONS }, async ({ model, trace }) => {
      const pair = (source: number): Node => ({ kind: 'head', layer: 1, head: 0, position: LAST, source });
      const nodes = allPositions().map(pair);
      const frozen = await measureNodes(model, trace, nodes, LOGIT_DIFF);
      const whole: RunEdit = {
        kind: 'hook',
        hook: 'pattern',
        layer: 1,
        head: 0,
        positions: [LAST],
        keep: 0,
        value: 0,
      };
      const reader = await createReader(model, trace, LOGIT_DIFF);
      const { value, base } = await runVariants(model, trace, [[whole]], reader);
      const together = (base[0] ?? Number.NaN) - (value[0] ?? Number.NaN);
      const effects = frozen.map(({ effect }) => effect ?? Number.NaN);
      assert.ok(effects.filter((effect) => effect !== 0).length > 1);
      const largest = Math.max(...effects.map(Math.abs));
      assert.ok(Math.abs(together) > 0 && largest > 0);
      assert.notEqual(together, largest);
    }));

  it('a cancel is seen between blocks and leaves nothing behind', () =>
    withVariantModel({ seed: 7, positions: POSITIONS }, async ({ model, trace }) => {
      const reader = await createReader(model, trace, LOGIT_DIFF);
      const variants = CASES.map(({ edits }) => edits(model.config));
      const abort = new AbortController();
      const done: number[] = [];
      await expectError(
        () =>
          runVariants(model, trace, variants, reader, {
            signal: abort.signal,
            onProgress: (count) => {
              done.push(count);
              abort.abort();
            },
          }),
        'cancelled',
      );
      assert.equal(done.length, 1);
      const after = await runVariants(model, trace, variants, reader);
      assert.ok(after.value.every(Number.isFinite));
    }));
});

type Reference = ReturnType<typeof referenceForward>;

/** The scalar of a reference run; what a score holds constant comes from the clean one. */
function scalarOf(run: Reference, scalar: Scalar, clean: Reference, config: ModelConfig): number {
  const hook = (from: Reference, name: string): Float64Array =>
    from.hooks.get(name)?.data ?? new Float64Array();
  switch (scalar.kind) {
    case 'logits': {
      const logits = run.logits.data.subarray(
        scalar.position * config.d_vocab,
        (scalar.position + 1) * config.d_vocab,
      );
      const mean = (ids: readonly number[]): number =>
        ids.reduce((sum, id) => sum + (logits[id] ?? Number.NaN), 0) / ids.length;
      if (scalar.reading === 'log_prob') {
        const total = (values: ArrayLike<number>): number =>
          Math.log(Array.from(values).reduce((sum, value) => sum + Math.exp(value), 0));
        return total(scalar.targets.map((id) => logits[id] ?? Number.NaN)) - total(logits);
      }
      return mean(scalar.targets) - (scalar.reading === 'logit' ? 0 : mean(scalar.distractors));
    }
    case 'neuron': {
      const pre = hook(run, `blocks.${scalar.layer}.mlp.hook_pre`);
      return pre[scalar.position * config.d_mlp + scalar.neuron] ?? Number.NaN;
    }
    case 'score': {
      const part = (name: 'q' | 'k', at: number): Float64Array => {
        const from = scalar.through.includes(name) ? run : clean;
        const start = (at * config.n_heads + scalar.head) * config.d_head;
        const values = hook(from, `blocks.${scalar.layer}.attn.hook_${name}`);
        return values.subarray(start, start + config.d_head);
      };
      const k = part('k', scalar.source);
      const dot = part('q', scalar.position).reduce((sum, value, i) => sum + value * (k[i] ?? 0), 0);
      return dot / Math.sqrt(config.d_head);
    }
    default:
      throw new Error(`no reference of ${scalar.kind}`);
  }
}
