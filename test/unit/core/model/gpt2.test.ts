import assert from 'node:assert/strict';
import { referenceForward, type Edit, type ReferenceRun } from '../../../../src/core/model/gpt2.ts';
import { allHooks, hookShape } from '../../../../src/core/model/hooks.ts';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import { seededRandom } from '../../../support/random.ts';
import { randomTensors } from '../../../support/randomModel.ts';

const POS = 12;
const BASE = { model_type: 'gpt2', vocab_size: 260, n_positions: 32, n_embd: 32, n_layer: 2, n_head: 4 };
/** Configurations that exercise every branch of the mathematics. */
const VARIANTS: readonly object[] = [
  {},
  { n_embd: 45, n_head: 5, n_layer: 3, n_inner: 71, scale_attn_by_inverse_layer_idx: true },
  { scale_attn_weights: false, activation_function: 'gelu', tie_word_embeddings: false },
  { activation_function: 'relu', layer_norm_epsilon: 0.1 },
  { activation_function: 'silu', n_head: 1 },
];

function run(changes: object, edit?: Edit): ReferenceRun & { config: ReturnType<typeof configOf> } {
  const config = configOf(changes);
  const tensors = new Map(randomTensors(config, { seed: 5 }).map(({ name, data }) => [name, data]));
  const random = seededRandom(9);
  const ids = Array.from({ length: POS }, () => random.below(config.d_vocab));
  const weights = (name: string): Float32Array => tensors.get(name) ?? assert.fail(`no tensor ${name}`);
  return { ...referenceForward(config, weights, ids, edit), config };
}

function configOf(changes: object): ReturnType<typeof parseModelConfig>['config'] {
  return parseModelConfig({ ...BASE, ...changes }, { file: 'config.json' }).config;
}

function values({ hooks }: ReferenceRun, name: string): Float64Array {
  return hooks.get(name)?.data ?? assert.fail(`no hook ${name}`);
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('reference forward', () => {
  for (const changes of VARIANTS) {
    const name = JSON.stringify(changes);
    it(`records every hook in its shape and order: ${name}`, () => {
      const { config, hooks } = run(changes);
      assert.deepEqual(
        [...hooks.keys()],
        allHooks(config).map((hook) => hook.name),
      );
      for (const hook of allHooks(config)) {
        assert.deepEqual(hooks.get(hook.name)?.dims, hookShape(config, hook.spec, POS), hook.name);
      }
    });

    it(`attends backwards only, in rows that sum to 1: ${name}`, () => {
      const result = run(changes);
      for (let layer = 0; layer < result.config.n_layers; layer++) {
        const pattern = values(result, `blocks.${layer}.attn.hook_pattern`);
        const scores = values(result, `blocks.${layer}.attn.hook_attn_scores`);
        for (let start = 0; start < pattern.length; start += POS) {
          const query = (start / POS) % POS;
          const row = pattern.subarray(start, start + POS);
          assert.ok(Math.abs(row.reduce((a, b) => a + b) - 1) < 1e-12);
          assert.ok(row.subarray(query + 1).every((weight) => weight === 0));
          assert.ok(scores.subarray(start + query + 1, start + POS).every((score) => score === -Infinity));
        }
      }
    });

    it(`is sharp enough to show errors: ${name}`, () => {
      const result = run(changes);
      const { n_layers, n_heads } = result.config;
      let sharp = 0;
      for (let layer = 0; layer < n_layers; layer++) {
        const pattern = values(result, `blocks.${layer}.attn.hook_pattern`);
        for (let head = 0; head < n_heads; head++) {
          const lastRow = pattern.subarray((head * POS + POS - 1) * POS, (head + 1) * POS * POS);
          if (Math.max(...lastRow) > 0.5) sharp += 1;
        }
      }
      assert.ok(sharp >= (n_layers * n_heads) / 2, `${sharp} of ${n_layers * n_heads} heads are sharp`);
      assert.ok(Math.max(...result.logits.data.map(Math.abs)) > 10);
    });

    it(`adds up: resid_post = resid_pre + attn_out + mlp_out: ${name}`, () => {
      const result = run(changes);
      for (let layer = 0; layer < result.config.n_layers; layer++) {
        const [pre, attn, mlp, post] = ['resid_pre', 'attn_out', 'mlp_out', 'resid_post'].map((site) =>
          values(result, `blocks.${layer}.hook_${site}`),
        );
        assert.ok(pre && attn && mlp && post);
        const sum = pre.map((value, i) => value + (attn[i] ?? 0) + (mlp[i] ?? 0));
        assert.ok(largestDifference(sum, post) < 1e-12);
      }
    });
  }

  it('divides scores by sqrt(d_head), and by the layer number when asked', () => {
    const plain = run({});
    const unscaled = run({ scale_attn_weights: false }, copyOf(plain, ['attn.hook_q', 'attn.hook_k']));
    const byLayer = run(
      { scale_attn_by_inverse_layer_idx: true },
      copyOf(plain, ['attn.hook_q', 'attn.hook_k']),
    );
    for (const layer of [0, 1]) {
      const name = `blocks.${layer}.attn.hook_attn_scores`;
      const finite = (scores: Float64Array): Float64Array => scores.filter(Number.isFinite);
      const scores = finite(values(plain, name));
      assert.ok(
        largestDifference(
          finite(values(unscaled, name)),
          scores.map((x) => x * Math.sqrt(8)),
        ) < 1e-9,
      );
      assert.ok(
        largestDifference(
          finite(values(byLayer, name)),
          scores.map((x) => x / (layer + 1)),
        ) < 1e-12,
      );
    }
  });

  it('lets an edit reach everything after it and nothing before', () => {
    const plain = run({});
    const edited = run({}, (hook, data) => {
      if (hook === 'blocks.1.attn.hook_z') data.fill(0, 0, 8);
    });
    for (const name of plain.hooks.keys()) {
      const same = largestDifference(
        values(plain, name).map((x) => (x === -Infinity ? 0 : x)),
        values(edited, name).map((x) => (x === -Infinity ? 0 : x)),
      );
      const before =
        !/^blocks\.1\.(attn\.hook_z|hook_attn_out|hook_resid_(mid|post)|ln2|mlp|hook_mlp)|^ln_f/.test(name);
      assert.equal(same === 0, before, name);
    }
    assert.ok(largestDifference(plain.logits.data, edited.logits.data) > 0.01);
  });

  it('changes nothing when an edit writes what was there', () => {
    const plain = run({});
    const same = run({}, copyOf(plain, ['hook_mlp_out', 'attn.hook_pattern']));
    assert.equal(largestDifference(plain.logits.data, same.logits.data), 0);
  });
});

/** An edit that sets block hooks to their values in another run. */
function copyOf(source: ReferenceRun, names: readonly string[]): Edit {
  return (hook, data) => {
    if (names.some((name) => hook.endsWith(name))) data.set(values(source, hook));
  };
}
