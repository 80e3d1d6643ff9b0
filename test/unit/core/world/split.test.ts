import assert from 'node:assert/strict';
import { generateDocument } from '../../../../src/core/world/generate.ts';
import { CAPITAL_TEMPLATES } from '../../../../src/core/world/kinds/capitals.ts';
import { GENDER_TEMPLATES } from '../../../../src/core/world/kinds/gender.ts';
import { drawIoiCase, IOI_ACTIONS, IOI_OPENINGS } from '../../../../src/core/world/kinds/ioi.ts';
import { NAMES } from '../../../../src/core/world/lexicon/names.ts';
import { Rng } from '../../../../src/core/world/rng.ts';
import { inSplit, pairSplit, pickPair } from '../../../../src/core/world/split.ts';

const SPLITS = ['train', 'heldout'] as const;

function pairKey(first: string, second: string): string {
  return [first, second].sort().join(' ');
}

describe('core/world/split', () => {
  it('holds out one template in five, and no template is in both splits', () => {
    for (const templates of [IOI_OPENINGS, IOI_ACTIONS, GENDER_TEMPLATES, CAPITAL_TEMPLATES]) {
      const train = inSplit(templates, 'train');
      const heldout = inSplit(templates, 'heldout');
      assert.equal(heldout.length, Math.floor(templates.length / 5));
      assert.equal(train.length + heldout.length, templates.length);
      for (const template of heldout) assert.ok(!train.includes(template));
    }
  });

  it('holds out at least a fifth of all name pairs, whatever their order', () => {
    let heldout = 0;
    let all = 0;
    for (const first of NAMES) {
      for (const second of NAMES) {
        if (first >= second) continue;
        all++;
        assert.equal(pairSplit(first, second), pairSplit(second, first));
        if (pairSplit(first, second) === 'heldout') heldout++;
      }
    }
    assert.ok(heldout / all > 0.2 && heldout / all < 0.3, String(heldout / all));
  });

  it('never moves a pair: these literals are part of what the embedded model was trained on', () => {
    assert.deepEqual(
      [
        pairSplit('Mary', 'John'),
        pairSplit('Tom', 'Alice'),
        pairSplit('Anna', 'Peter'),
        pairSplit('Lucy', 'Max'),
      ],
      ['heldout', 'train', 'heldout', 'train'],
    );
  });

  it('draws pairs of the split only', () => {
    const rng = new Rng(1);
    for (const split of SPLITS) {
      for (let i = 0; i < 500; i++) {
        const [first, second] = pickPair(rng, NAMES, split);
        assert.equal(pairSplit(first, second), split);
      }
    }
  });

  it('keeps indirect-object cases of the two splits apart', () => {
    const seen = { train: new Set<string>(), heldout: new Set<string>() };
    const rng = new Rng(2);
    for (const split of SPLITS) {
      for (let i = 0; i < 4000; i++) {
        const drawn = drawIoiCase({ rng, split });
        seen[split].add(drawn.opening).add(drawn.action).add(pairKey(drawn.subject, drawn.indirectObject));
      }
    }
    assert.deepEqual(
      [...seen.heldout].filter((item) => seen.train.has(item)),
      [],
    );
  });

  it('draws both orders of the names', () => {
    const rng = new Rng(3);
    const orders = Array.from({ length: 200 }, () => drawIoiCase({ rng, split: 'train' }).order);
    assert.ok(orders.filter((order) => order === 'ABB').length > 60);
    assert.ok(orders.filter((order) => order === 'BAB').length > 60);
  });

  it('shares hardly a text between the splits', () => {
    const texts = (split: (typeof SPLITS)[number]): string[] =>
      Array.from({ length: 4000 }, (_, seed) => generateDocument(seed, { split }).text);
    const train = new Set(texts('train'));
    const shared = texts('heldout').filter((text) => train.has(text));
    assert.ok(shared.length < 20, shared.join('\n'));
  });
});
