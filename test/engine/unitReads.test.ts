import assert from 'node:assert/strict';
import { join } from 'node:path';
import { logSumExp } from '../../src/core/analysis/candidates.ts';
import { klDivergence } from '../../src/core/analysis/divergence.ts';
import { referenceForward, type ReferenceRun, type Weights } from '../../src/core/model/gpt2.ts';
import { referenceSae, type SaeWeights } from '../../src/core/sae/reference.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import { expectError } from '../support/expectError.ts';
import { seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { referenceEdits } from '../support/referenceEdits.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { openUnitReads, type UnitReadBench } from '../support/unitReadBench.ts';

const CONFIG = { n_layer: 2, n_embd: 16, n_head: 2, n_positions: 64 };
const HOOKS = [
  'blocks.0.hook_mlp_out',
  'blocks.1.hook_resid_pre',
  'blocks.1.hook_attn_out',
  'blocks.1.hook_resid_post',
];
const WINDOWS = 6;
const WINDOW = 12;
const TEXT = 'the quick brown fox';

describe('reads of units', function () {
  this.timeout(60_000);

  it('summaries have neighbours, hook, statistics and none without an index', () =>
    withReads(async ({ ask, index }) => {
      const first = await ask('unit/summary', { unit: 'L1N0' });
      assert.deepEqual([first.previous, first.next, first.hook], [null, 'L1N1', 'blocks.1.mlp.hook_post']);
      assert.deepEqual(
        [first.family, first.index, first.familySize, first.layer],
        ['1-mlp-neurons', 0, 64, 1],
      );
      const latent = await ask('unit/summary', { unit: '1-res_pre/23' });
      assert.deepEqual([latent.previous, latent.next, latent.hook], ['1-res_pre/22', null, HOOKS[1]]);
      const unit = { kind: 'latent', sae: '1-res_pre', index: 23 } as const;
      assert.deepEqual(latent.statistics, (await index.unit(unit)).statistics);
      assert.equal((await ask('unit/summary', { unit: 'L0H1' })).hook, 'blocks.0.attn.hook_pattern');
      await expectError(() => ask('unit/summary', { unit: 'L0H2' }), 'unit/unknown', 'L0H2', '1');
    }));

  it('without an index: examples say so, statistics are null, lists still list', () =>
    withReads(
      async ({ ask }) => {
        assert.equal((await ask('unit/summary', { unit: 'L1N0' })).statistics, null);
        await expectError(
          () => ask('unit/examples', { unit: 'L1N0', set: 'top', from: 0, count: 1 }),
          'index/none',
          '1-mlp-neurons',
        );
        const list = await ask('unit/list', query({ family: '0-heads' }));
        assert.deepEqual([list.total, list.rows[0]?.density, list.rows[0]?.topToken], [2, null, null]);
        assert.deepEqual((await ask('unit/related', { unit: 'L0N1', k: 3 })).coactive, []);
      },
      { scanned: false },
    ));

  it('examples come by set and page, with the texts of their tokens and the place of the largest value', () =>
    withReads(async ({ ask, model, windows }) => {
      const unit = 'L0N3';
      const all = await ask('unit/examples', { unit, set: 'random', from: 0, count: 100 });
      const [group] = all;
      assert.deepEqual([all.length, group?.total, group?.title], [1, WINDOWS, 'Random windows']);
      const page = await ask('unit/examples', { unit, set: 'random', from: 2, count: 3 });
      assert.deepEqual(page[0]?.examples, group?.examples.slice(2, 5));
      assert.equal(page[0]?.total, WINDOWS);
      for (const example of group?.examples ?? []) {
        assert.deepEqual(example.ids, windows[example.sequence]);
        assert.deepEqual(
          example.tokens,
          example.ids.map((id) => model.tokenizer.text(id)),
        );
        assert.equal(example.activations[example.position], Math.max(...example.activations));
        assert.deepEqual([example.key, example.source], [null, `world #${example.sequence}`]);
      }
      const quantiles = await ask('unit/examples', { unit, set: 'quantile', from: 0, count: 9 });
      assert.equal(quantiles.length, 2);
      for (const { title } of quantiles)
        assert.match(title, /^[\d.e-]+ to [\d.e-]+ \([\d.]+ % of windows\)$/);
      const [heads] = await ask('unit/examples', { unit: 'L1H0', set: 'top', from: 0, count: 2 });
      for (const { pairs, position, key } of heads?.examples ?? []) {
        const largest = Math.max(...(pairs ?? []));
        assert.equal(pairs?.[(position * (position + 1)) / 2 + (key ?? 99)], largest);
      }
    }));

  it('a text is tested: neurons, latents and pairs of heads are those of the float64 model', () =>
    withReads(async ({ ask, model }) => {
      const { run, saes } = await floatRun(model, TEXT);
      const [neuron] = (await ask('unit/test', { unit: 'L1N5', text: TEXT })).examples;
      const size = neuron?.ids.length ?? 0;
      const post = run.hooks.get('blocks.1.mlp.hook_post')?.data ?? [];
      near(
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
      near(
        latent?.activations ?? [],
        Array.from({ length: size }, (_, t) => (t === 0 ? 0 : (acts[t * d_sae + most] ?? 9))),
      );

      const [head] = (await ask('unit/test', { unit: 'L1H1', text: TEXT })).examples;
      const pairs = await floatPairs(model, run, { layer: 1, head: 1, size });
      pairs[0] = 0; // the query that is BOS
      near(head?.pairs ?? [], pairs);
      const rows = Array.from({ length: size }, (_, t) =>
        Math.max(...pairs.slice((t * (t + 1)) / 2, ((t + 1) * (t + 2)) / 2)),
      );
      near(head?.activations ?? [], rows);
      await expectError(
        () => ask('unit/test', { unit: 'L1N5', text: 'x'.repeat(64) }),
        'prompt/too-long',
        '65',
      );
    }));

  it('C7: effects of removal are those of the float64 model, and nothing before the first active token', () =>
    withReads(async ({ ask, model }) => {
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
    withReads(async ({ ask, index, windows }) => {
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
      assert.ok([...effects.upvoted, ...effects.downvoted].every((list) => list.length === 0));
      assert.ok(effects.lossDifference.every((value) => value === null || value === 0));
      await expectError(
        () => ask('unit/effects', { ...asked, unit: 'L0N1' }),
        'unit/unknown',
        'L0N1',
        'latent',
      );
      await expectError(() => ask('unit/effects', { ...asked, sequence: null }), 'request/invalid');
    }));

  it('co-activation is Pearson over the tokens of the random windows, BOS left out', () =>
    withReads(async ({ ask, index, model }) => {
      const { coactive } = await ask('unit/related', { unit: 'L0N3', k: 70 });
      const values = async (neuron: number): Promise<number[]> => {
        const { random } = await index.unit({ kind: 'neuron', layer: 0, neuron });
        return random.flatMap(({ ids, activations }) =>
          [...activations].filter((_, t) => ids[t] !== model.tokenizer.bosId),
        );
      };
      const own = await values(3);
      assert.equal(own.length, WINDOWS * (WINDOW - 1));
      assert.equal(coactive.length, 63);
      for (const { id, value } of coactive) {
        const expected = pearson(own, await values(Number(id.slice(3))));
        assert.ok(Math.abs(value - expected) < 1e-4, `${id}: ${value}, expected ${expected}`);
      }
      assert.ok(coactive.every(({ value }, at) => Math.abs(value) <= Math.abs(coactive[at - 1]?.value ?? 2)));
    }));

  it('heads: scores on repeated tokens, and the pairs of tokens with the largest mean', () =>
    withReads(async ({ ask, index, model }) => {
      const found = await ask('unit/head', { unit: 'L1H0', k: 5 });
      for (const name of ['previousToken', 'duplicateToken', 'induction', 'firstToken'] as const)
        assert.ok(found[name] >= 0 && found[name] <= 1, name);
      assert.ok(found.entropy > 0 && found.entropy < Math.log(64));
      const { random } = await index.unit({ kind: 'head', layer: 1, head: 0 });
      const sums = new Map<string, number[]>();
      for (const { ids, pairs } of random) {
        let at = 0;
        for (let query = 0; query < ids.length; query++) {
          for (let key = 0; key <= query; key++) {
            const name = [query, key].map((t) => model.tokenizer.text(ids[t] ?? -1)).join('|');
            sums.set(name, [...(sums.get(name) ?? []), pairs?.[at++] ?? 0]);
          }
        }
      }
      const means = [...sums].map(([name, all]) => ({ name, mean: mean(all), count: all.length }));
      const best = means.filter(({ count }) => count > 1).toSorted((a, b) => b.mean - a.mean);
      best.splice(5);
      assert.deepEqual(
        found.topPairs.map(({ query, key }) => `${query}|${key}`),
        best.map(({ name }) => name),
      );
      assert.deepEqual(
        found.topPairs.map(({ count }) => count),
        best.map(({ count }) => count),
      );
      near(
        found.topPairs.map(({ value }) => value),
        best.map((each) => each.mean),
      );
      await expectError(() => ask('unit/head', { unit: 'L1N0', k: 1 }), 'unit/unknown', 'L1N0', 'head');
    }));

  it('search by example: the units whose largest activation differs most, with the token', () =>
    withReads(async ({ ask }) => {
      const [on, off] = ['the fox', 'a lazy dog'];
      const families = ['0-mlp-neurons', '1-res_pre', '1-heads'];
      const matches = await ask('unit/match', { families, on, off, k: 8 });
      const expected = [];
      for (const unit of [
        ...Array.from({ length: 64 }, (_, at) => `L0N${at}`),
        ...Array.from({ length: 24 }, (_, at) => `1-res_pre/${at}`),
        'L1H0',
        'L1H1',
      ]) {
        const [here] = (await ask('unit/test', { unit, text: on })).examples;
        const [there] = (await ask('unit/test', { unit, text: off })).examples;
        const values = [...(here?.activations ?? [])].slice(1);
        const most = Math.max(...values);
        const other = Math.max(...(there?.activations.slice(1) ?? []));
        const token = here?.tokens[1 + values.indexOf(most)] ?? '';
        expected.push({ id: unit, on: most, off: other, token });
      }
      const best = expected
        .filter((each) => each.on > 0 && each.on > each.off)
        .toSorted((a, b) => b.on - b.off - (a.on - a.off))
        .slice(0, 8);
      assert.deepEqual(
        matches.map(({ id, token }) => [id, token]),
        best.map(({ id, token }) => [id, token]),
      );
      near(
        matches.map((each) => each.on - each.off),
        best.map((each) => each.on - each.off),
      );
      const alone = await ask('unit/match', { families: [], on, off: null, k: 3 });
      assert.ok(alone.length === 3 && alone.every((each) => each.off === 0));
      await expectError(() => ask('unit/match', { families: ['9-x'], on, off, k: 1 }), 'unit/unknown', '9-x');
    }));
});

interface Effects {
  readonly kl: readonly number[];
  readonly lossDifference: readonly (number | null)[];
  readonly upvoted: readonly (readonly { readonly id: number; readonly value: number }[])[];
  readonly downvoted: readonly (readonly { readonly id: number; readonly value: number }[])[];
}

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
      assert.deepEqual([found.upvoted[position], found.downvoted[position]], [[], []]);
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
      assert.ok(Math.abs(up.value - Math.max(...change)) < 1e-3);
      assert.ok(Math.abs((found.downvoted[position]?.[0]?.value ?? 0) - Math.min(...change)) < 1e-3);
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

function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const moment = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, at) => sum + (value - mx) * ((y[at] ?? 0) - my), 0);
  return moment(a, meanA, b, meanB) / Math.sqrt(moment(a, meanA, a, meanA) * moment(b, meanB, b, meanB));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function near(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (let at = 0; at < expected.length; at++) {
    const [value, wanted] = [found[at] ?? Number.NaN, expected[at] ?? Number.NaN];
    assert.ok(
      Math.abs(value - wanted) < 1e-4 * Math.max(1, Math.abs(wanted)),
      `at ${at}: ${value}, ${wanted}`,
    );
  }
}

function query(asked: { readonly family: string }): {
  family: string;
  text: string;
  sort: 'id';
  falling: false;
  category: 'all';
  from: 0;
  count: 10;
} {
  return { ...asked, text: '', sort: 'id', falling: false, category: 'all', from: 0, count: 10 };
}

async function withReads(
  use: (bench: UnitReadBench) => Promise<void>,
  options: { readonly scanned?: false } = {},
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const directory = join(folder, 'model');
    await writeRandomModel(directory, { seed: 3, config: CONFIG });
    const saes = HOOKS.map((hook) => join(folder, hook));
    for (const [at, hook_name] of HOOKS.entries())
      await writeRandomSae(saes[at] ?? '', {
        architecture: 'standard',
        hook_name,
        d_in: 16,
        d_sae: 24,
        seed: at + 1,
      });
    const bench = await openUnitReads(directory, {
      saes,
      windows: ({ tokenizer }) => {
        const random = seededRandom(11);
        return Array.from({ length: WINDOWS }, () =>
          Array.from({ length: WINDOW }, (_, t) =>
            t === 0 ? (tokenizer.bosId ?? 0) : 97 + random.below(12),
          ),
        );
      },
      ...options,
    });
    await use(bench);
    await bench.model.release();
  });
}
