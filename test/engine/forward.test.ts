import assert from 'node:assert/strict';
import { join } from 'node:path';
import { referenceForward } from '../../src/core/model/gpt2.ts';
import { allHooks } from '../../src/core/model/hooks.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { assertClose } from '../support/closeness.ts';
import { openRunner } from '../support/openRunner.ts';
import { writeRandomModel, type RandomModelOptions } from '../support/randomModel.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { seededRandom } from '../support/random.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

/** Issue-wide tolerance of every hook, relative to the hook's largest value. */
const TOLERANCE = 1e-4;
const POSITIONS = 24;

const CASES: readonly (RandomModelOptions & { readonly name: string })[] = [
  { name: 'plain', seed: 1 },
  {
    name: 'odd sizes, n_inner, untied',
    seed: 2,
    config: { n_embd: 21, n_head: 3, n_inner: 50, vocab_size: 301, n_layer: 3, tie_word_embeddings: false },
  },
  { name: 'one head, exact gelu', seed: 3, config: { n_head: 1, activation_function: 'gelu' } },
  {
    name: 'relu, scores scaled by layer',
    seed: 4,
    config: { activation_function: 'relu', scale_attn_by_inverse_layer_idx: true, n_layer: 3 },
  },
  {
    name: 'silu, scores not scaled',
    seed: 5,
    config: { activation_function: 'silu', scale_attn_weights: false },
  },
  { name: 'float16', seed: 6, dtype: 'F16' },
  { name: 'bfloat16', seed: 7, dtype: 'BF16' },
  { name: 'sharded with the transformer. prefix', seed: 8, shards: 2, prefix: 'transformer.' },
];

describe('forward: every hook equals the float64 reference', () => {
  for (const { name, ...options } of CASES) {
    for (const policy of ['prepack', 'mapped', 'cast'] as const) {
      it(`${name}, ${policy}`, () =>
        withTemporaryFolder(async (folder) => {
          const directory = join(folder, 'model');
          await writeRandomModel(directory, options);
          const { checkpoint, runner, graphs } = await openRunner(directory, policy);
          const ids = randomIds(checkpoint.config.d_vocab);
          const trace = await Trace.run(runner, ids);
          const reference = referenceForward(checkpoint.config, await readAllWeights(checkpoint), ids);
          for (const hook of allHooks(checkpoint.config)) {
            const expected = reference.hooks.get(hook.name);
            assert.ok(expected, `the reference lacks ${hook.name}`);
            const actual = await trace.hook(hook.name);
            assert.deepEqual(actual.dims, expected.dims, hook.name);
            assertClose(actual.data, expected.data, TOLERANCE, hook.name);
          }
          const logits = await runner.logits(trace.residPre(checkpoint.config.n_layers));
          assertClose(logits.data, reference.logits.data, TOLERANCE, 'logits');
          await graphs.release();
        }));
    }
  }
});

describe('forward: weights of pytorch_model.bin', () => {
  for (const dtype of ['F32', 'F16', 'BF16'] as const) {
    for (const policy of ['prepack', 'mapped', 'cast'] as const) {
      it(`${dtype}, ${policy}: give the bits that safetensors give`, () =>
        withTemporaryFolder(async (folder) => {
          const logitsOf = async (options: RandomModelOptions): Promise<Float32Array> => {
            const directory = join(folder, options.form ?? 'safetensors');
            const { d_vocab, n_layers } = await writeRandomModel(directory, { ...options, dtype, seed: 9 });
            const { runner, graphs } = await openRunner(directory, policy);
            const trace = await Trace.run(runner, randomIds(d_vocab));
            const { data } = await runner.logits(trace.residPre(n_layers));
            await graphs.release();
            return data;
          };
          const expected = await logitsOf({});
          assert.ok(expected.some((value) => Math.abs(value) > 5));
          assert.deepEqual(await logitsOf({ form: 'torch', shards: 2, prefix: 'transformer.' }), expected);
        }));
    }
  }
});

describe('forward: structure', () => {
  it('attention rows sum to 1 and nothing attends forward', () =>
    withTemporaryFolder(async (folder) => {
      const { trace, config } = await randomTrace(folder);
      for (let layer = 0; layer < config.n_layers; layer++) {
        const pattern = await trace.hook(`blocks.${layer}.attn.hook_pattern`);
        for (let row = 0; row < config.n_heads * POSITIONS; row++) {
          const weights = pattern.data.subarray(row * POSITIONS, (row + 1) * POSITIONS);
          const query = row % POSITIONS;
          assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-6);
          assert.ok(weights.subarray(query + 1).every((weight) => weight === 0));
        }
      }
    }));

  it('a layer that was dropped comes back bit for bit', () =>
    withTemporaryFolder(async (folder) => {
      const { trace, runner, config } = await randomTrace(folder);
      const again = await runner.block({
        layer: 1,
        x: trace.residPre(1),
        want: ['pattern', 'post', 'resid_post'],
      });
      const kept = await trace.layer(1);
      for (const name of ['pattern', 'post', 'resid_post'] as const) {
        assert.deepEqual(again.get(name)?.data, kept.get(name)?.data, name);
      }
      assert.deepEqual(again.get('resid_post')?.data, trace.residPre(config.n_layers).data);
    }));

  it('a long prompt drops blocks unless all are to be kept', () =>
    withTemporaryFolder(async (folder) => {
      await writeRandomModel(folder, { config: { n_embd: 16, n_head: 8, n_layer: 4, n_positions: 768 } });
      const { runner } = await openRunner(folder);
      const ids = Array.from({ length: 768 }, (_, index) => index % 300);
      for (const keep of ['some', 'all'] as const) {
        const trace = await Trace.run(runner, ids, { keep });
        const first = await trace.layer(0);
        for (const layer of [1, 2, 3]) await trace.layer(layer);
        const again = await trace.layer(0);
        assert.equal(again === first, keep === 'all', keep);
        assert.deepEqual(again.get('z')?.data, first.get('z')?.data);
      }
    }));

  it('a batch of two prompts gives each prompt its own numbers', () =>
    withTemporaryFolder(async (folder) => {
      const { trace, runner } = await randomTrace(folder);
      const one = trace.residPre(0);
      const two = {
        dims: [2 * POSITIONS, one.dims[1] ?? 0],
        data: Float32Array.from([...one.data, ...one.data]),
      };
      const batch = await runner.block({ layer: 0, x: two, batch: 2, want: ['pattern', 'resid_post'] });
      const single = await runner.block({ layer: 0, x: one, want: ['pattern', 'resid_post'] });
      for (const name of ['pattern', 'resid_post'] as const) {
        const both = batch.get(name)?.data ?? new Float32Array();
        const half = both.length / 2;
        assertClose(both.subarray(0, half), single.get(name)?.data ?? [], 1e-5, `first ${name}`);
        assertClose(both.subarray(half), single.get(name)?.data ?? [], 1e-5, `second ${name}`);
      }
    }));

  it('rows run against a shared past equal the same rows of the whole run', () =>
    withTemporaryFolder(async (folder) => {
      const { trace, runner, config } = await randomTrace(folder);
      const split = 17;
      const head = await Trace.run(runner, trace.ids.slice(0, split));
      let x = (await runner.embed(trace.ids.slice(split), split)).residPre;
      for (let layer = 0; layer < config.n_layers; layer++) {
        const before = await head.layer(layer);
        const [k, v] = [before.get('k'), before.get('v')];
        assert.ok(k && v);
        const run = await runner.block({ layer, x, want: ['resid_post'], past: { k, v } });
        x = run.get('resid_post') ?? x;
      }
      const whole = trace.residPre(config.n_layers);
      assertClose(x.data, whole.data.subarray(split * config.d_model), 1e-5, 'final residual stream');
    }));
});

async function randomTrace(folder: string) {
  const directory = join(folder, 'model');
  const config = await writeRandomModel(directory);
  const { runner } = await openRunner(directory);
  return { runner, config, trace: await Trace.run(runner, randomIds(config.d_vocab)) };
}

function randomIds(d_vocab: number): number[] {
  const random = seededRandom(11);
  return Array.from({ length: POSITIONS }, () => random.below(d_vocab));
}
