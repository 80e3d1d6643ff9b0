import assert from 'node:assert/strict';
import { FitSums, judge, recovered, type Fit, type StatedQuality } from '../../../../src/core/sae/health.ts';

const LOSS = { clean: 2, reconstruction: 2.1, zero: 4, mean: 3 };
const FIT: Fit = { tokens: 100, l0: 40, explained_variance: 0.8, silent_share: 0.25 };
const NOTHING: StatedQuality = { l0: null, explained_variance: null };

describe('fit of a SAE', () => {
  it('is L0, explained variance around the mean, and the share of silent latents, by hand', () => {
    const sums = new FitSums({ d_in: 2, d_sae: 4, center_input: false });
    // Rows (1, 0), (3, 2), (2, 4): mean (2, 2), squares around it 1 + 4, 1 + 0, 0 + 4 = 10.
    sums.add({
      input: Float32Array.of(1, 0, 3, 2),
      reconstruction: Float32Array.of(1, 1, 3, 1),
      counts: Int32Array.of(1, 2),
      indices: Int32Array.of(3, 0, 0, 3),
      k: 2,
    });
    sums.add({
      input: Float32Array.of(2, 4),
      reconstruction: Float32Array.of(2, 4),
      counts: Int32Array.of(0),
      indices: Int32Array.of(1),
      k: 1,
    });
    assert.deepEqual(sums.fit(), { tokens: 3, l0: 1, explained_variance: 1 - 2 / 10, silent_share: 0.5 });
    assert.deepEqual([...sums.mean()], [2, 2]);
  });

  it('does not count the mean that a centred SAE never sees', () => {
    const sums = new FitSums({ d_in: 2, d_sae: 1, center_input: true });
    // Rows (11, 9), (-3, -1): centred (1, -1), (-1, 1), squares around their mean 4; missed 1.
    sums.add({
      input: Float32Array.of(11, 9, -3, -1),
      reconstruction: Float32Array.of(11, 9, -3, -2),
      counts: Int32Array.of(1, 1),
      indices: Int32Array.of(0, 0),
      k: 1,
    });
    assert.equal(sums.fit().explained_variance, 1 - 1 / 4);
    assert.deepEqual([...sums.mean()], [4, 4]);
  });

  it('explains no variance where there is none', () => {
    const sums = new FitSums({ d_in: 1, d_sae: 1, center_input: false });
    const none = { counts: Int32Array.of(0, 0), indices: new Int32Array(2), k: 1 };
    sums.add({ input: Float32Array.of(0.1, 0.1), reconstruction: Float32Array.of(0, 0), ...none });
    assert.equal(sums.fit().explained_variance, null);
  });
});

describe('loss recovered', () => {
  it('is 1 for the untouched model and 0 for the ablation', () => {
    assert.equal(recovered(LOSS, 'zero'), (4 - 2.1) / 2);
    assert.equal(recovered({ ...LOSS, reconstruction: 2 }, 'mean'), 1);
    assert.equal(recovered({ ...LOSS, reconstruction: 3 }, 'mean'), 0);
    assert.equal(recovered({ ...LOSS, zero: 2 }, 'zero'), null);
  });
});

/** Changed fit, changed loss, what is stated, grade, words. */
const VERDICTS: readonly [Partial<Fit>, Partial<typeof LOSS>, Partial<StatedQuality>, string, ...string[]][] =
  [
    [{}, {}, {}, 'good', 'keeps 95 %', 'Nothing was published'],
    [{}, { reconstruction: 2.6 }, {}, 'fair', 'only 70 %'],
    [{}, { reconstruction: 3.4 }, {}, 'poor', 'only 30 %'],
    [{}, { reconstruction: 4.5 }, {}, 'poor', 'worse off'],
    [{}, { zero: 2 }, {}, 'poor', 'costs this model nothing'],
    [
      {},
      {},
      { l0: 51, explained_variance: 0.9 },
      'good',
      'Close to what was published (L0 51, explained variance 0.9), on made-up text',
    ],
    [{}, {}, { l0: 15 }, 'fair', 'on made-up text 40 latents are active per token, and 15 were', 'web text'],
    [{}, {}, { l0: 100 }, 'fair', 'Far from'],
    [{}, { reconstruction: 3.4 }, { l0: 100 }, 'poor', 'only 30 %', 'Far from'],
    [
      { explained_variance: 0.5 },
      {},
      { explained_variance: 0.77 },
      'fair',
      'on made-up text it explains 0.5',
      '0.77 was stated',
    ],
    [{ explained_variance: 0.99 }, {}, { explained_variance: -7.55 }, 'good', 'Close to'],
  ];

const GENERATED = { title: 'made-up text', isGenerated: true };

describe('verdict on a SAE', () => {
  it('on text of one’s own asks whether it is like that of the training, and is no worse than fair either', () => {
    const own = { title: 'notes.md', isGenerated: false };
    const { grade, words } = judge(FIT, LOSS, { ...NOTHING, l0: 100 }, own);
    assert.equal(grade, 'fair');
    assert.match(
      words.join(' '),
      /on notes\.md 40 latents[^]*If this text is like[^]*preparation is complete/u,
    );
    assert.doesNotMatch(words.join(' '), /generated/u);
  });

  for (const [fit, loss, stated, grade, ...words] of VERDICTS) {
    it(`is ${grade}: ${words.join(', ')}`, () => {
      const found = judge({ ...FIT, ...fit }, { ...LOSS, ...loss }, { ...NOTHING, ...stated }, GENERATED);
      assert.equal(found.grade, grade);
      const all = found.words.join(' ');
      for (const each of words) assert.ok(all.includes(each), all);
      assert.ok(all.includes('25 % of the latents were active on none of 100 tokens'));
    });
  }
});
