import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceForward } from '../../src/core/model/gpt2.ts';
import { REMEMBERED } from '../../src/core/trace/readings.ts';
import type { Jobs } from '../../src/engine/jobs.ts';
import type { ModelInfo } from '../../src/protocol/engineContract.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { expectError } from '../support/expectError.ts';
import { TEST_THREADS } from '../support/openRunner.ts';
import { openTestJobs, type EngineCall } from '../support/openTestJobs.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const TEXT = 'When Mary and John';

describe('engine jobs', () => {
  it('reads loss, probability, rank and entropy that a float64 softmax confirms', () =>
    withModel(async ({ jobs, call, info, directory }) => {
      const summary = await call('trace/run', { modelId: info.modelId, text: TEXT, bos: 'always' });
      const { checkpoint } = await openCheckpoint(directory);
      const ids = summary.tokens.map(({ id }) => id);
      const { logits } = referenceForward(checkpoint.config, await readAllWeights(checkpoint), ids);
      const { d_vocab } = checkpoint.config;
      assert.deepEqual(summary.tokens[0]?.loss, null);
      for (const [position, token] of summary.tokens.entries()) {
        if (position === 0) continue;
        const row = logits.data.subarray((position - 1) * d_vocab, position * d_vocab);
        const expected = readDistribution(row, token.id);
        near(token.loss, expected.loss, 1e-4);
        near(token.probability, Math.exp(-expected.loss), 1e-4);
        near(token.entropy, expected.entropy, 1e-4);
        assert.equal(token.rank, expected.rank);
      }
      const last = logits.data.subarray((ids.length - 1) * d_vocab);
      const best = last.indexOf(last.reduce((a, b) => Math.max(a, b)));
      assert.equal(summary.next[0]?.id, best);
      near(summary.next[0]?.logit ?? null, last[best] ?? 0, 1e-3);
      await jobs.release();
    }));

  it('serves every reading of a trace', () =>
    withModel(async ({ call, info }) => {
      const { traceId, tokens } = await call('trace/run', { modelId: info.modelId, text: TEXT, bos: 'auto' });
      const position = tokens.length - 1;
      const norm = await call('trace/heatMap', {
        traceId,
        quantity: { kind: 'norm', site: 'resid_post', layer: 1 },
      });
      assert.equal(norm.values.length, tokens.length);
      assert.deepEqual(norm.domain.excluded, [0]);
      assert.ok(norm.domain.excludedReason?.includes('position 0'));
      assert.deepEqual(norm.layers?.layers, [0, 1]);
      assert.deepEqual(norm.layers?.values[1], norm.values);

      const loss = await call('trace/heatMap', { traceId, quantity: { kind: 'loss' } });
      const finalRow = loss.layers?.values[1] ?? [];
      loss.values.forEach((value, index) => near(finalRow[index] ?? null, value, 1e-5));

      const neuron = { kind: 'neuron', layer: 1, neuron: 5 } as const;
      const column = await call('trace/heatMap', { traceId, quantity: { kind: 'unit', unit: neuron } });
      const all = await call('trace/topNeurons', { traceId, position, layer: 1, k: info.d_mlp });
      near(all.find(({ id }) => id === 'L1N5')?.value ?? null, column.values[position] ?? null, 1e-6);
      assert.ok(
        all.every(({ value }, index) => index === 0 || value <= (all[index - 1]?.value ?? 0)),
        'sorted',
      );

      const { pattern, size } = await call('trace/pattern', { traceId, layer: 0, head: 2 });
      const attention = await call('trace/heatMap', {
        traceId,
        quantity: { kind: 'unit', unit: { kind: 'head', layer: 0, head: 2 }, query: 3 },
      });
      assert.equal(attention.values[4], null, 'later keys have no weight');
      assert.equal(attention.values[1], pattern[3 * size + 1]);

      const lens = await call('trace/lens', { traceId, position, k: 3 });
      assert.deepEqual(
        lens.map(({ layer }) => layer),
        [-1, 0, 1],
      );
      assert.equal(lens.at(-1)?.finalRank, 1);

      const latents = await call('trace/topLatents', { traceId, position, layer: 1, k: 3 });
      const first = latents[0];
      assert.ok(first?.unit.kind === 'latent' && first.unit.sae === '1-res');
      const map = await call('trace/heatMap', { traceId, quantity: { kind: 'unit', unit: first.unit } });
      near(map.values[position] ?? null, first.value, 1e-6);
      const hover = await call('trace/hover', { traceId, position, k: 2, neurons: 3 });
      assert.equal(hover.latents[0]?.id, first.id);
      const heads = await call('trace/topHeads', { traceId, position, layer: 1, k: 2 });
      assert.equal(heads.length, 2);
      assert.ok((heads[0]?.attendsTo?.weight ?? 0) > 0);
    }));

  it('hovers name the neurons of all layers that write most, among the most active of each', () =>
    withModel(async ({ jobs, call, info, directory }) => {
      const { traceId, tokens } = await call('trace/run', { modelId: info.modelId, text: TEXT, bos: 'auto' });
      const { checkpoint } = await openCheckpoint(directory);
      const weights = await readAllWeights(checkpoint);
      for (const position of [1, tokens.length - 1]) {
        const expected: { id: string; value: number; writes: number }[] = [];
        for (let layer = 0; layer < info.n_layers; layer++) {
          const post = (await jobs.hook(traceId, `blocks.${layer}.mlp.hook_post`)).data;
          const W_out = weights(`h.${layer}.mlp.c_proj.weight`);
          const active = [...post.subarray(position * info.d_mlp, (position + 1) * info.d_mlp)]
            .map((value, neuron) => ({ neuron, value }))
            .toSorted((a, b) => b.value - a.value)
            .slice(0, REMEMBERED);
          for (const { neuron, value } of active.filter((each) => each.value > 0)) {
            const row = W_out.subarray(neuron * info.d_model, (neuron + 1) * info.d_model);
            expected.push({ id: `L${layer}N${neuron}`, value, writes: value * Math.hypot(...row) });
          }
        }
        const strongest = expected.toSorted((a, b) => b.writes - a.writes).slice(0, 3);
        const { neurons } = await call('trace/hover', { traceId, position, k: 2, neurons: 3 });
        assert.deepEqual(
          neurons.map(({ id }) => id),
          strongest.map(({ id }) => id),
        );
        for (const [at, { value, writes }] of strongest.entries()) {
          near(neurons[at]?.value ?? null, value, 1e-6);
          near(neurons[at]?.writes ?? null, writes, 1e-5);
        }
      }
    }));

  it('hovers over a long prompt run no block again', () =>
    withTemporaryFolder(async (folder) => {
      const { jobs, call, blocks } = await openCounting(folder);
      const { modelId, n_layers } = await call('model/open', { model: 'long', saes: [] });
      const text = 'a'.repeat(1000);
      const { traceId } = await call('trace/run', { modelId, text, bos: 'never' });
      assert.equal(blocks.length, n_layers);
      for (const position of [0, 400, 999]) {
        const { neurons } = await call('trace/hover', { traceId, position, k: 5, neurons: 3 });
        assert.equal(neurons.length, 3);
      }
      assert.equal(blocks.length, n_layers);
      await call('trace/topNeurons', { traceId, position: 0, layer: 0, k: 1 });
      assert.equal(blocks.length, n_layers + 1, 'the trace did not keep all of this prompt');
      await jobs.release();
    }));

  it('computes no block of a long prompt twice for who reads every hook', () =>
    withTemporaryFolder(async (folder) => {
      const { jobs, call, blocks } = await openCounting(folder);
      const { modelId } = await call('model/open', { model: 'long', saes: [] });
      const text = 'a'.repeat(1000);
      const runs = async (willRead: { willRead?: 'all' }): Promise<number> => {
        blocks.length = 0;
        const { traceId } = await call('trace/run', { modelId, text, bos: 'never', ...willRead });
        for (let layer = 0; layer < 4; layer++) await jobs.hook(traceId, `blocks.${layer}.attn.hook_pattern`);
        await call('trace/close', { traceId });
        return blocks.length;
      };
      assert.deepEqual([await runs({}), await runs({ willRead: 'all' })], [8, 4]);
      await jobs.release();
    }));

  it('answers what cannot be answered with typed errors', () =>
    withModel(async ({ call, info }) => {
      const { traceId } = await call('trace/run', { modelId: info.modelId, text: TEXT, bos: 'auto' });
      const unit = { kind: 'neuron', layer: 1, neuron: 9999 } as const;
      await expectError(
        () => call('trace/heatMap', { traceId, quantity: { kind: 'unit', unit } }),
        'unit/unknown',
        'L1N9999',
      );
      await expectError(
        () => call('trace/candidates', { traceId, position: 99, k: 1 }),
        'position/out-of-range',
        '99',
      );
      await expectError(() => call('trace/lens', { traceId: 'gone', position: 0, k: 1 }), 'trace/expired');
      const run = (text: string, bos: 'auto' | 'never'): Promise<unknown> =>
        call('trace/run', { modelId: info.modelId, text, bos });
      await expectError(() => run('', 'never'), 'prompt/empty');
      await expectError(() => run('word '.repeat(5000), 'auto'), 'prompt/too-long', String(info.n_ctx));
      await expectError(
        () => call('model/open', { model: 'nowhere', saes: [] }),
        'model/not-found',
        'nowhere',
      );
      await expectError(() => call('model/open', { model: '../etc', saes: [] }), 'model/not-found');
    }));

  it('refuses a SAE that does not fit the model', () =>
    withModel(async ({ call, directory, folder }) => {
      const wrong = join(folder, 'wrong');
      await writeRandomSae(wrong, {
        architecture: 'standard',
        hook_name: 'blocks.1.hook_resid_post',
        d_in: 7,
      });
      await expectError(
        () => call('model/open', { model: directory, saes: [wrong] }),
        'sae/config-mismatch',
        '7',
        '32',
      );
      const deep = join(folder, 'deep');
      await writeRandomSae(deep, {
        architecture: 'standard',
        hook_name: 'blocks.9.hook_resid_post',
        d_in: 32,
      });
      await expectError(
        () => call('model/open', { model: directory, saes: [deep] }),
        'sae/config-mismatch',
        'blocks.9',
      );
    }));

  it('a cancelled trace ends as cancelled', () =>
    withModel(async ({ jobs, info }) => {
      const controller = new AbortController();
      const progress = (): void => controller.abort();
      const run = async (): Promise<unknown> =>
        jobs.handlers['trace/run'](
          { modelId: info.modelId, text: TEXT, bos: 'auto' },
          { signal: controller.signal, progress },
        );
      await expectError(run, 'cancelled');
    }));

  it('generates greedily what repeated full runs would, and the same text for the same seed', () =>
    withModel(async ({ call, info }) => {
      const common = { modelId: info.modelId, text: TEXT, bos: 'never' as const, max: 6, seed: 3 };
      const greedy = await call('generate/run', { ...common, temperature: 0 });
      let text = TEXT;
      for (const token of greedy.tokens) {
        const { next } = await call('trace/run', { modelId: info.modelId, text, bos: 'never' });
        assert.equal(next[0]?.id, token.id);
        near(token.probability, next[0]?.probability ?? null, 1e-4);
        text += token.text;
        if (token.text.includes('\ufffd') || token.text.startsWith('<')) break;
      }
      const sampled = await call('generate/run', { ...common, temperature: 1.5 });
      const again = await call('generate/run', { ...common, temperature: 1.5 });
      const other = await call('generate/run', { ...common, temperature: 1.5, seed: 4 });
      assert.deepEqual(sampled, again);
      assert.notDeepEqual(sampled.tokens, other.tokens);
    }));
});

/** An engine that tells which blocks it runs, with a model whose blocks a trace of a long prompt does not keep. */
async function openCounting(
  folder: string,
): Promise<Pick<Fixture, 'jobs' | 'call'> & { readonly blocks: string[] }> {
  await mkdir(join(folder, 'models'));
  const config = { n_layer: 4, n_positions: 1024 };
  await writeRandomModel(join(folder, 'models', 'long'), { config });
  const blocks: string[] = [];
  const plain = ortSessions({ threads: TEST_THREADS });
  const opened = openTestJobs({
    embeddedFolder: join(folder, 'models'),
    sessions: {
      create: async (model, policy) => {
        const session = await plain.create(model, policy);
        const run: typeof session.run = (...given) => {
          if (model.name.includes('block')) blocks.push(model.name);
          return session.run(...given);
        };
        return { ...session, run };
      },
    },
  });
  return { ...opened, blocks };
}

interface Fixture {
  readonly jobs: Jobs;
  readonly info: ModelInfo;
  readonly directory: string;
  readonly folder: string;
  readonly call: EngineCall;
}

/** A random model with one SAE on its last resid_post, opened by the engine in this process. */
async function withModel(use: (fixture: Fixture) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const directory = join(folder, 'models', 'random');
    await mkdir(join(folder, 'models'));
    const config = await writeRandomModel(directory);
    const hook_name = 'blocks.1.hook_resid_post';
    await writeRandomSae(join(directory, 'saes', hook_name), {
      architecture: 'topk',
      hook_name,
      d_in: config.d_model,
    });
    const { jobs, call } = openTestJobs({ embeddedFolder: join(folder, 'models') });
    const info = await call('model/open', { model: 'random', saes: [] });
    await use({ jobs, call, info, directory, folder });
    await jobs.release();
  });
}

function readDistribution(logits: Float64Array, id: number): { loss: number; entropy: number; rank: number } {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const total = max + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  const own = logits[id] ?? Number.NaN;
  const entropy = logits.reduce((sum, logit) => sum - Math.exp(logit - total) * (logit - total), 0);
  return { loss: total - own, entropy, rank: 1 + logits.filter((logit) => logit > own).length };
}

function near(actual: number | null, expected: number | null, tolerance: number): void {
  if (expected === null) return assert.equal(actual, null);
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );
}
