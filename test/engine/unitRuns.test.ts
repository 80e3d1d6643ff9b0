import assert from 'node:assert/strict';
import { logSumExp } from '../../src/core/analysis/candidates.ts';
import { klDivergence } from '../../src/core/analysis/divergence.ts';
import { referenceForward, type ReferenceRun, type Weights } from '../../src/core/model/gpt2.ts';
import { layerHeadScores } from '../../src/core/records/units/headBehaviour.ts';
import { referenceSae, type SaeWeights } from '../../src/core/sae/reference.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import { expectError } from '../support/expectError.ts';
import { referenceEdits } from '../support/referenceEdits.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { assertNear, withRandomReads } from '../support/unitReadBench.ts';

const TEXT = 'the quick brown fox';

describe('reads of units that run the model', function () {
  this.timeout(60_000);

  it('a text is tested: neurons, latents and pairs of heads are those of the float64 model', () =>
    withRandomReads(async ({ ask, model }) => {
      const { run, saes } = await floatRun(model, TEXT);
      const [neuron] = (await ask('unit/test', { unit: 'L1N5', text: TEXT })).examples;
      const size = neuron?.ids.length ?? 0;
      const post = run.hooks.get('blocks.1.mlp.hook_post')?.data ?? [];
      assertNear(
        neuron?.activations ?? [],
        Array.from({ length: size }, (_, t) => (t === 0 ? 0 : (post[t * 64 + 5] ?? 9))),
      );
      assert.deepEqual(neuron?.tokens.slice(0, 3), ['<|endoftext|>', 't', 'h']);

      const sae = saes.get('1-res_pre') ?? assert.fail();
      const input = run.hooks.get('blocks.1.hook_resid_pre')?.data ?? new Float64Array();
      const { acts } = referenceSae(sae.config, sae.weights, input);
      acts.fill(0, 0, sae.config.d_sae);
      const { d_sae } = sae.config;
      const most = acts.indexOf(Math.max(...acts)) % d_sae;
      const [latent] = (await ask('unit/test', { unit: `1-res_pre/${most}`, text: TEXT })).examples;
      assertNear(
        latent?.activations ?? [],
        Array.from({ length: size }, (_, t) => (t === 0 ? 0 : (acts[t * d_sae + most] ?? 9))),
      );

      const [head] = (await ask('unit/test', { unit: 'L1H1', text: TEXT })).examples;
      const pairs = await floatPairs(model, run, { layer: 1, head: 1, size });
      pairs[0] = 0; // the query that is BOS
      assertNear(head?.pairs ?? [], pairs);
      const rows = Array.from({ length: size }, (_, t) =>
        Math.max(...pairs.slice((t * (t + 1)) / 2, ((t + 1) * (t + 2)) / 2)),
      );
      assertNear(head?.activations ?? [], rows);
      await expectError(
        () => ask('unit/test', { unit: 'L1N5', text: 'x'.repeat(64) }),
        'prompt/too-long',
        '65',
      );
    }));

  it('C7: effects of removal are those of the float64 model, and nothing before the first active token', () =>
    withRandomReads(async ({ ask, model }) => {
      const { run, saes, weights, ids } = await floatRun(model, TEXT);
      for (const [id, sae] of saes) {
        const { hook_name, d_sae } = sae.config;
        const { acts } = referenceSae(
          sae.config,
          sae.weights,
          run.hooks.get(hook_name)?.data ?? new Float64Array(),
        );
        const late = firstActive(acts, { d_sae, size: ids.length });
        const found = await ask('unit/effects', {
          unit: `${id}/${late.latent}`,
          sequence: null,
          text: TEXT,
          k: 4,
        });
        const positions = [...ids.keys()].filter((t) => (acts[t * d_sae + late.latent] ?? 0) > 0);
        assert.equal(positions[0], late.position);
        const edit = { kind: 'latent', sae: id, index: late.latent, positions, keep: 0, value: 0 } as const;
        const without = referenceForward(model.runner.config, weights, ids, referenceEdits([edit], saes));
        checkEffects(found, { ids, run, without, first: late.position, what: id });
      }
    }));

  it('effects of a window of the index; of a silent latent nothing; of other units an error', () =>
    withRandomReads(async ({ ask, index, windows }) => {
      const [window = []] = windows;
      const silent = [];
      for (let at = 0; at < 24; at++) {
        const unit = { kind: 'latent', sae: '1-res_pre', index: at } as const;
        const own = (await index.unit(unit)).random[0]?.activations ?? [];
        if (own.every((value) => value === 0)) silent.push(at);
      }
      const asked = { unit: `1-res_pre/${silent[0] ?? 0}`, sequence: 0, text: null, k: 2 };
      const effects = await ask('unit/effects', asked);
      assert.equal(effects.tokens.length, window.length);
      assert.ok(effects.kl.every((value) => value === 0));
      const lists = [effects.upvoted, effects.downvoted, effects.likelier, effects.unlikelier];
      assert.ok(lists.flat().every((list) => list.length === 0));
      assert.ok(effects.lossDifference.every((value) => value === null || value === 0));
      await expectError(
        () => ask('unit/effects', { ...asked, unit: 'L0N1' }),
        'unit/unknown',
        'L0N1',
        'latent',
      );
      await expectError(() => ask('unit/effects', { ...asked, sequence: null }), 'request/invalid');
    }));

  it('head scores are means of diagonals of the float64 pattern on BOS and a random stretch said twice', () =>
    withRandomReads(async ({ model }) => {
      const runs: number[][] = [];
      const embed = (ids: readonly number[]): ReturnType<typeof model.runner.embed> => {
        runs.push([...ids]);
        return model.runner.embed(ids);
      };
      const runner = Object.assign(Object.create(model.runner) as typeof model.runner, { embed });
      const { bosId: bos, size } = model.tokenizer;
      const scores = await layerHeadScores(runner, 1, { bos, size });
      const weights = await readAllWeights(model.checkpoint);
      const patterns = runs.map((ids) => {
        const run = referenceForward(model.runner.config, weights, ids);
        return run.hooks.get('blocks.1.attn.hook_pattern')?.data ?? new Float64Array();
      });
      const length = runs[0]?.length ?? 0;
      const n = (length - 1) / 2;
      for (const [first, ...rest] of runs) {
        assert.deepEqual([first, rest.slice(0, n)], [bos, rest.slice(n)]);
        assert.equal(new Set(rest).size, n);
      }
      for (const [head, found] of scores.entries()) {
        const mean = (from: number, key: (query: number) => number): number => {
          let sum = 0;
          for (const pattern of patterns)
            for (let query = from; query < length; query++)
              sum += pattern[(head * length + query) * length + key(query)] ?? Number.NaN;
          return sum / patterns.length / (length - from);
        };
        const { previousToken, duplicateToken, induction, firstToken } = found;
        const expected = [
          mean(1, (query) => query - 1),
          mean(n, (query) => query - n),
          mean(n - 1, (query) => query - n + 1),
          mean(1, () => 0),
        ];
        assertNear([previousToken, duplicateToken, induction, firstToken], expected);
      }
    }));
});

interface Effects {
  readonly kl: readonly number[];
  readonly lossDifference: readonly (number | null)[];
  readonly upvoted: Votes;
  readonly downvoted: Votes;
  readonly likelier: Votes;
  readonly unlikelier: Votes;
}

type Votes = readonly (readonly {
  readonly id: number;
  readonly logit: number;
  readonly probability: number;
}[])[];

function checkEffects(
  found: Effects,
  at: {
    readonly ids: readonly number[];
    readonly run: ReferenceRun;
    readonly without: ReferenceRun;
    readonly first: number;
    readonly what: string;
  },
): void {
  const { ids, run, without, first, what } = at;
  const width = run.logits.data.length / ids.length;
  assert.equal(found.lossDifference[0], null);
  for (const [position] of ids.entries()) {
    const logits = (of: ReferenceRun): Float32Array =>
      Float32Array.from(of.logits.data.subarray(position * width, (position + 1) * width));
    const [p, q] = [logits(run), logits(without)];
    if (position < first) {
      assert.equal(found.kl[position], 0, `${what}@${position}`);
      const lists = [found.upvoted, found.downvoted, found.likelier, found.unlikelier];
      assert.deepEqual(
        lists.map((list) => list[position]),
        [[], [], [], []],
      );
      assert.equal(found.lossDifference[position] ?? 0, 0);
    }
    const kl = found.kl[position] ?? Number.NaN;
    assert.ok(
      kl >= 0 && Math.abs(kl - klDivergence(p, q)) < 1e-3,
      `${what}@${position}: ${kl}, ${klDivergence(p, q)}`,
    );
    const next = ids[position + 1];
    if (next !== undefined) {
      const loss = (values: Float32Array): number => logSumExp(values) - (values[next] ?? 0);
      const difference = found.lossDifference[position + 1] ?? Number.NaN;
      assert.ok(Math.abs(difference - (loss(q) - loss(p))) < 1e-3, `${what}@${position}: ${difference}`);
    }
    const up = found.upvoted[position]?.[0];
    if (position >= first && up) {
      const change = p.map((value, id) => value - (q[id] ?? 0));
      assert.ok(Math.abs(up.logit - Math.max(...change)) < 1e-3);
      assert.ok(Math.abs((found.downvoted[position]?.[0]?.logit ?? 0) - Math.min(...change)) < 1e-3);
      const [before, after] = [logSumExp(q), logSumExp(p)];
      const gain = p.map((value, id) => Math.exp(value - after) - Math.exp((q[id] ?? 0) - before));
      const [likelier, unlikelier] = [found.likelier[position]?.[0], found.unlikelier[position]?.[0]];
      assert.ok(likelier && Math.abs(likelier.probability - Math.max(...gain)) < 1e-4);
      assert.ok(unlikelier && Math.abs(unlikelier.probability - Math.min(...gain)) < 1e-4);
      for (const { id, logit, probability } of [up, likelier, unlikelier]) {
        assert.ok(Math.abs(logit - (change[id] ?? 0)) < 1e-3);
        assert.ok(Math.abs(probability - (gain[id] ?? 0)) < 1e-4);
      }
    }
  }
  assert.ok(
    found.kl.some((value) => value > 1e-6),
    `${what}: removal does something`,
  );
}

/** The latent that becomes active last among those that are not silent. */
function firstActive(
  acts: Float64Array,
  { d_sae, size }: { readonly d_sae: number; readonly size: number },
): { latent: number; position: number } {
  let best = { latent: 0, position: -1 };
  for (let latent = 0; latent < d_sae; latent++) {
    const position = Array.from({ length: size - 2 }, (_, t) => t).find(
      (t) => (acts[t * d_sae + latent] ?? 0) > 0,
    );
    if (position !== undefined && position > best.position) best = { latent, position };
  }
  return best;
}

type Saes = Map<string, { config: Parameters<typeof referenceSae>[0]; weights: SaeWeights }>;

async function floatRun(
  model: OpenModel,
  text: string,
): Promise<{ run: ReferenceRun; saes: Saes; weights: Weights; ids: number[] }> {
  const ids = [model.tokenizer.bosId ?? 0, ...model.tokenizer.encode(text).map(({ id }) => id)];
  const weights = await readAllWeights(model.checkpoint);
  const saes: Saes = new Map();
  for (const sae of model.saes.values())
    saes.set(sae.id, { config: sae.config, weights: await readAllWeights(sae) });
  return { run: referenceForward(model.runner.config, weights, ids), saes, weights, ids };
}

/** Pattern times norm of V_h(u) W_O,h, lower triangle. */
async function floatPairs(
  model: OpenModel,
  run: ReferenceRun,
  { layer, head, size }: { readonly layer: number; readonly head: number; readonly size: number },
): Promise<number[]> {
  const { n_heads, d_head, d_model } = model.runner.config;
  const W_O = (await readAllWeights(model.checkpoint))(`h.${layer}.attn.c_proj.weight`);
  const v = run.hooks.get(`blocks.${layer}.attn.hook_v`)?.data ?? [];
  const pattern = run.hooks.get(`blocks.${layer}.attn.hook_pattern`)?.data ?? [];
  const norms = Array.from({ length: size }, (_, key) => {
    const written = Array.from({ length: d_model }, (__, i) => {
      let sum = 0;
      for (let j = 0; j < d_head; j++)
        sum += (v[(key * n_heads + head) * d_head + j] ?? 0) * (W_O[(head * d_head + j) * d_model + i] ?? 0);
      return sum;
    });
    return Math.hypot(...written);
  });
  return Array.from({ length: size }, (_, query) =>
    Array.from(
      { length: query + 1 },
      (__, key) => (pattern[(head * size + query) * size + key] ?? 0) * (norms[key] ?? 0),
    ),
  ).flat();
}
