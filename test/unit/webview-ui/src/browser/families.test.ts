import assert from 'node:assert/strict';
import {
  familyIn,
  familyNames,
  firstFamily,
  setsOf,
  setTitle,
  unitNoun,
} from '../../../../../webview-ui/src/browser/families.ts';

const IDS = ['0-heads', '0-mlp-neurons', '0-mlp', '0-res', '2-heads', '2-mlp-neurons', '2-mlp', '2-res'];
const NAMES = familyNames(IDS);

describe('families as two choices', () => {
  it('reads layer and set of an id, and leaves out what is none', () => {
    assert.deepEqual(familyNames(['3-mlp-neurons', 'x', '']), [
      { id: '3-mlp-neurons', layer: 3, set: 'mlp-neurons' },
    ]);
  });

  it('lists SAEs first, then neurons, then heads', () => {
    assert.deepEqual(setsOf(NAMES), ['res', 'mlp', 'mlp-neurons', 'heads']);
  });

  const check = (set: string, layer: number, expected: string | undefined): void => {
    it(`${set} near layer ${layer} is ${expected ?? 'nothing'}`, () => {
      assert.equal(familyIn(NAMES, set, layer)?.id, expected);
    });
  };
  check('res', 0, '0-res');
  check('res', 2, '2-res');
  check('mlp', 0, '0-mlp');
  check('mlp', 9, '2-mlp');
  check('heads', 7, '2-heads');
  check('none', 0, undefined);

  it('begins with the first set of the last layer', () => {
    assert.equal(firstFamily(NAMES)?.id, '2-res');
    assert.equal(
      firstFamily(familyNames(['0-heads', '0-mlp-neurons', '1-heads', '1-mlp-neurons']))?.id,
      '1-mlp-neurons',
    );
    assert.equal(firstFamily([]), undefined);
  });

  it('has names for people', () => {
    assert.deepEqual(['res', 'mlp-neurons', 'heads'].map(setTitle), ['Latents, res', 'Neurons', 'Heads']);
    assert.deepEqual([unitNoun('res', 1), unitNoun('heads', 6)], ['latent', 'heads']);
  });
});
