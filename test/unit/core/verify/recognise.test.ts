import assert from 'node:assert/strict';
import type { ModelConfig } from '../../../../src/core/model/config.ts';
import { GPT2_SMALL } from '../../../../src/core/verify/facts/gpt2Small.ts';
import { PUBLISHED } from '../../../../src/core/verify/published.ts';
import { configFacts, recognise, type Contents } from '../../../../src/core/verify/recognise.ts';

const CONFIG = { ...GPT2_SMALL.config, d_head: 64, bos_token_id: 50256 } as ModelConfig;

describe('recognise', () => {
  /** Contents whose printed entries are `value(entry)`. */
  const contents = (value: (entry: number) => number, over: Partial<Contents> = {}): Contents => ({
    config: CONFIG,
    sha256: null,
    embedding: async (row) => {
      const values = new Float32Array(768).fill(9);
      for (const [at, column = 0, printed = 0] of GPT2_SMALL.embedding.entries) {
        if (at === row) values[column] = value(printed);
      }
      return values;
    },
    ...over,
  });
  const cases: readonly (readonly [name: string, of: Contents, by: 'file' | 'embedding' | null])[] = [
    ['the published file', contents(() => 0, { sha256: GPT2_SMALL.sha256[0] ?? '' }), 'file'],
    ['weights saved anew', contents((x) => x + 4e-5, { sha256: 'f00' }), 'embedding'],
    ['weights in bfloat16', contents((x) => x * (1 + 2 ** -9)), 'embedding'],
    ['other weights', contents((x) => x + 0.002), null],
    ['another shape', contents((x) => x, { config: { ...CONFIG, n_layers: 6 } }), null],
    ['NaN', contents(() => Number.NaN), null],
  ];
  for (const [name, of, by] of cases) {
    it(`${name}: ${by ?? 'not known'}`, async () => {
      const found = await recognise(of, PUBLISHED);
      assert.deepEqual(found && [found.model.title, found.by], by && ['GPT-2 small', by]);
    });
  }

  it('tells each setting that is not the published one, as config.json names it', () => {
    const facts = configFacts({ ...CONFIG, act_fn: 'gelu', n_heads: 16 }, GPT2_SMALL);
    const wrong = facts.filter(({ ok }) => !ok);
    assert.deepEqual(
      wrong.map(({ what, published, measured }) => [what, published, measured]),
      [
        ['n_head', '12', '16'],
        ['activation_function', 'gelu_new', 'gelu'],
      ],
    );
  });
});

describe('the facts of GPT-2 small', () => {
  it('holds prompts that repeat the subject, so that the other name comes next', () => {
    assert.equal(GPT2_SMALL.pairs.length, 8);
    for (const { text, target, distractor } of GPT2_SMALL.pairs) {
      assert.deepEqual([text.split(target).length, text.split(distractor).length], [2, 3], text);
    }
    assert.equal(GPT2_SMALL.pairs[4]?.text, 'When Dan and Sid went to the shops, Sid gave an apple to');
  });

  it('agrees with itself: the mean of the logit differences is the mean that was published', () => {
    const values = (kind: string): number[] =>
      GPT2_SMALL.facts.flatMap(({ reading, value }) => (reading.kind === kind ? [value] : []));
    const each = values('logit-diff');
    assert.equal(each.length, 8);
    const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
    assert.ok(Math.abs(mean - (values('mean-logit-diff')[0] ?? 0)) < 5e-5, `${mean}`);
    assert.deepEqual(values('head-attribution'), [2.985, 1.384, 0.561, -1.899, -0.97]);
    assert.deepEqual(values('head-score'), [0.931, 0.926, 0.926, 0.992]);
    assert.deepEqual([values('loss'), values('next-logit')], [[5.331855773925781], [-69.4948]]);
  });
});
