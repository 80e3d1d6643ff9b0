import assert from 'node:assert/strict';
import { expectError } from '../support/expectError.ts';
import { assertNear, HOOKS, WINDOW, WINDOWS, withRandomReads } from '../support/unitReadBench.ts';

describe('reads of units', function () {
  this.timeout(60_000);

  it('summaries have neighbours, hook, statistics and none without an index', () =>
    withRandomReads(async ({ ask, index }) => {
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
    withRandomReads(
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
    withRandomReads(async ({ ask, model, windows }) => {
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

  it('co-activation is Pearson over the tokens of the random windows, BOS left out', () =>
    withRandomReads(async ({ ask, index, model }) => {
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
    withRandomReads(async ({ ask, index, model }) => {
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
      assertNear(
        found.topPairs.map(({ value }) => value),
        best.map((each) => each.mean),
      );
      await expectError(() => ask('unit/head', { unit: 'L1N0', k: 1 }), 'unit/unknown', 'L1N0', 'head');
    }));

  it('search by example: the units whose largest activation differs most, with the token', () =>
    withRandomReads(async ({ ask }) => {
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
      assertNear(
        matches.map((each) => each.on - each.off),
        best.map((each) => each.on - each.off),
      );
      const alone = await ask('unit/match', { families: [], on, off: null, k: 3 });
      assert.ok(alone.length === 3 && alone.every((each) => each.off === 0));
      await expectError(() => ask('unit/match', { families: ['9-x'], on, off, k: 1 }), 'unit/unknown', '9-x');
    }));
});

function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const moment = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, at) => sum + (value - mx) * ((y[at] ?? 0) - my), 0);
  return moment(a, meanA, b, meanB) / Math.sqrt(moment(a, meanA, a, meanA) * moment(b, meanB, b, meanB));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
