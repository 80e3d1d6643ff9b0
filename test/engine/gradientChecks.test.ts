import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInterpError } from '../../src/core/errors.ts';
import { BACKWARD_OUTPUTS, type SeedPoint } from '../../src/core/graph/backward.ts';
import { createTokenizer } from '../../src/core/tokens/tokenizer.ts';
import { row, sizeOf, type Tensor } from '../../src/core/tensor/tensor.ts';
import { blockBackward } from '../../src/core/trace/gradients/blockBackward.ts';
import { gradients, readout } from '../../src/core/trace/gradients/gradients.ts';
import type { Scalar } from '../../src/core/trace/gradients/scalar.ts';
import { readTokenizerFiles } from '../../src/runtime/files/tokenizerFiles.ts';
import { relativeError } from '../support/closeness.ts';
import { hold, slopeAt } from '../support/differences.ts';
import {
  allGradients,
  assertSlopes,
  openBench,
  openBenchAt,
  type GradientBench,
} from '../support/gradientBench.ts';
import { seededRandom } from '../support/random.ts';
import { dot, hookOf, number, readLatent, readLogits } from '../support/referenceScalars.ts';

const LAST = 5;
const DIFFERENCE = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [7],
  distractors: [3],
  position: LAST,
} as const;
const PAIR = { kind: 'score', layer: 1, head: 0, position: LAST, source: 1 } as const;

describe('gradients of small models', function () {
  this.timeout(60_000);
  let bench: GradientBench;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'underglass-test-'));
    bench = await openBench(folder, { seed: 8, config: { n_layer: 3 } });
  });
  after(async () => {
    await bench?.release();
    await rm(folder, { recursive: true, force: true });
  });

  it('estimate total effects: activation x gradient = slope when the activation is scaled', async () => {
    const { config, weights, ids, clean, source } = bench;
    const found = await gradients(source, DIFFERENCE, { frozenScale: true });
    const edit = hold(clean, [{ name: 'ln_final.hook_scale' }]);
    const scalar = { config, weights, ids, edit, read: readLogits(config, DIFFERENCE) };
    const random = seededRandom(4);
    for (const [name, hook] of [
      ['post', 'mlp.hook_post'],
      ['pattern', 'attn.hook_pattern'],
    ] as const) {
      for (let times = 0; times < 12; times++) {
        const layer = random.below(config.n_layers);
        const full = `blocks.${layer}.${hook}`;
        const activations = hookOf(clean, full);
        const index = random.below(activations.length);
        const direction = new Float64Array(activations.length);
        direction[index] = number(activations, index);
        const gradient = found.layer(layer)?.get(name)?.data ?? [];
        const estimate = number(activations, index) * number(gradient, index);
        const measured = slopeAt(scalar, full, direction);
        const error = Math.abs(estimate - measured);
        assert.ok(error < 1e-6 + 1e-4 * Math.abs(measured), `${full} ${index}: ${estimate}, ${measured}`);
      }
    }
  });

  it('have nothing between the last MLP and the logits: direct = total there, and not for the last attention', async () => {
    const { config, weights, source } = bench;
    const found = await gradients(source, DIFFERENCE, { frozenScale: true });
    const last = config.n_layers - 1;
    const vector = found.readout.vectors[0]?.vector ?? [];
    const W_out = weights(`h.${last}.mlp.c_proj.weight`);
    const neurons = Float64Array.from({ length: config.d_mlp }, (_, neuron) =>
      dot(W_out.subarray(neuron * config.d_model, (neuron + 1) * config.d_model), vector),
    );
    const block = found.layer(last);
    const post = block?.get('post') ?? assert.fail();
    assert.ok(relativeError(row(post, LAST), neurons) < 1e-5);
    assert.ok(post.data.subarray(0, LAST * config.d_mlp).every((value) => value === 0));
    const attention = block?.get('attn_out') ?? assert.fail();
    assert.ok(relativeError(row(attention, LAST), vector) > 0.01);
  });

  for (const frozenScale of [true, false]) {
    it(`through the query + through the key = through both, scale ${frozenScale ? 'frozen' : 'live'}`, async () => {
      const part = async (through: 'q' | 'k' | 'qk') =>
        allGradients(bench, await gradients(bench.source, { ...PAIR, through }, { frozenScale }));
      const [q, k, both] = [await part('q'), await part('k'), await part('qk')];
      for (const [index, { hook, values }] of both.entries()) {
        const sum = values.map(
          (_, i) => number(q[index]?.values ?? [], i) + number(k[index]?.values ?? [], i),
        );
        assert.ok(relativeError(sum, values) < 1e-5, hook);
      }
    });
  }

  it('are bitwise the same twice, and with fewer hooks or layers kept', async () => {
    const asked = { frozenScale: true };
    const once = await gradients(bench.source, DIFFERENCE, asked);
    const twice = await gradients(bench.source, DIFFERENCE, asked);
    const part = await gradients(bench.source, DIFFERENCE, {
      ...asked,
      hooks: ['z', 'resid_post'],
      lowest: 1,
    });
    assert.deepEqual(allGradients(bench, twice), allGradients(bench, once));
    assert.deepEqual([...(part.layer(1)?.keys() ?? [])], ['z', 'resid_post']);
    assert.deepEqual(part.layer(1)?.get('z'), once.layer(1)?.get('z'));
    assert.deepEqual(part.residPre(1), once.residPre(1));
    assert.equal(part.layer(0), null);
  });

  const SEEDED: readonly (readonly [SeedPoint, readonly number[]])[] = [
    ['mlp_out', [LAST]],
    ['post', [1]],
    ['resid_mid', [0, 4]],
    ['attn_out', [2, 3]],
    ['z', [3]],
  ];
  for (const [hook, rows] of SEEDED) {
    it(`pass a block for the rows ${rows.join(', ')} alone, seeded at ${hook}, as for all rows`, async () => {
      const { config, ids, source } = bench;
      const random = seededRandom(9);
      const some = (dims: readonly number[]): Tensor => {
        const width = sizeOf(dims) / ids.length;
        const data = new Float32Array(ids.length * width);
        for (const row of rows) for (let i = 0; i < width; i++) data[row * width + i] = random.normal();
        return { dims, data };
      };
      const size = ids.length;
      const width = hook === 'post' ? config.d_mlp : config.d_model;
      const seed = some(hook === 'z' ? [1, size, config.n_heads, config.d_head] : [size, width]);
      const request = {
        gradient: some([size, config.d_model]),
        seeds: { [hook]: seed },
        want: BACKWARD_OUTPUTS,
      };
      const all = await blockBackward(source, 1, request);
      const few = await blockBackward(source, 1, { ...request, rows });
      for (const name of BACKWARD_OUTPUTS) {
        const [expected, actual] = [all.get(name) ?? assert.fail(), few.get(name) ?? assert.fail()];
        assert.deepEqual(actual.dims, expected.dims, name);
        assert.ok(relativeError(actual.data, expected.data) < 1e-5, name);
      }
    });
  }

  it('stop when cancelled', async () => {
    const cancelled = gradients(bench.source, DIFFERENCE, { frozenScale: true, signal: AbortSignal.abort() });
    await assert.rejects(cancelled, (error) => isInterpError(error, 'cancelled'));
  });

  const REFUSED: readonly (readonly [string, Scalar, string])[] = [
    ['no target', { ...DIFFERENCE, targets: [] }, 'scalar/no-target'],
    ['a position after the prompt', { ...DIFFERENCE, position: 6 }, 'position/out-of-range'],
    ['a neuron that is not there', { kind: 'neuron', layer: 0, neuron: 64, position: 0 }, 'unit/unknown'],
    ['a layer that is not there', { kind: 'neuron', layer: 3, neuron: 0, position: 0 }, 'unit/unknown'],
    ['a head that is not there', { ...PAIR, head: 2, through: 'q' }, 'unit/unknown'],
    ['a later key', { ...PAIR, position: 1, source: 2, through: 'q' }, 'unit/unknown'],
  ];
  for (const [name, scalar, code] of REFUSED) {
    it(`refuse ${name}`, async () => {
      const asked = readout(bench.source, scalar, { frozenScale: true });
      await assert.rejects(asked, (error) => isInterpError(error) && error.code === code);
    });
  }
});

describe('gradients of the embedded model', function () {
  this.timeout(120_000);

  it('equal float64 central differences, for a logit difference and a latent', async () => {
    const directory = join(import.meta.dirname, '..', '..', 'models', 'underglass-tiny');
    const tokenizer = createTokenizer(await readTokenizerFiles(directory));
    const text = 'Then, Mary and John went to the shop. John gave a ring to';
    const ids = [tokenizer.bosId ?? assert.fail('no BOS'), ...tokenizer.encode(text).map(({ id }) => id)];
    const bench = await openBenchAt(directory, ids, {
      saes: [join(directory, 'saes', 'blocks.2.hook_mlp_out')],
    });
    const position = ids.length - 1;
    const { config, weights, clean } = bench;
    const base = { config, weights, ids };

    const id = (text: string): number => tokenizer.encode(text)[0]?.id ?? assert.fail(text);
    const logits = { ...DIFFERENCE, targets: [id(' Mary')], distractors: [id(' John')], position };
    const found = await gradients(bench.source, logits, { frozenScale: true });
    const edit = hold(clean, [{ name: 'ln_final.hook_scale' }]);
    const some = allGradients(bench, found).filter(({ hook }) =>
      /blocks.0.(hook_resid_pre|mlp.hook_post)|blocks.2.attn.hook_(pattern|k)/.test(hook),
    );
    assert.equal(some.length, 4);
    assertSlopes(some, { ...base, edit, read: readLogits(config, logits) }, 1e-4, 1);

    const [[name, sae]] = [...bench.saes] as [[string, NonNullable<ReturnType<typeof bench.saes.get>>]];
    const latent = { kind: 'latent', sae: name, index: 5, position } as const;
    const traced = await gradients(bench.source, latent, { frozenScale: true });
    const upstream = allGradients(bench, traced).filter(({ hook }) => /blocks.1.attn.hook_z/.test(hook));
    const read = readLatent(sae.folder.config, sae.weights, latent, clean);
    assertSlopes(upstream, { ...base, read }, 1e-4, 1);
    await bench.release();
  });
});
