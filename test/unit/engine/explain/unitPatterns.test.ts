import assert from 'node:assert/strict';
import { byFamily, expandUnits } from '../../../../src/engine/explain/unitPatterns.ts';
import { expectError } from '../../../support/expectError.ts';

const SPACE = { n_layers: 2, n_heads: 2, d_mlp: 12, saes: [{ id: '1-res', d_sae: 3 }] };

describe('patterns of units', () => {
  const check = (patterns: readonly string[], expected: readonly string[]): void => {
    it(`${patterns.join(' ')} names ${expected.length}`, () =>
      assert.deepEqual(expandUnits(patterns, SPACE), expected));
  };
  check(['L0N3'], ['L0N3']);
  check(['tiny/1-res/2', '1-res/2'], ['1-res/2']);
  check(['1-res'], ['1-res/0', '1-res/1', '1-res/2']);
  check(['1-res/*'], ['1-res/0', '1-res/1', '1-res/2']);
  check(['L*H1'], ['L0H1', 'L1H1']);
  check(['L1N1*'], ['L1N1', 'L1N10', 'L1N11']);
  check(
    ['L1N?'],
    Array.from({ length: 10 }, (_, index) => `L1N${index}`),
  );
  check(['0-mlp-neurons/11'], ['L0N11']);
  it('* names all', () => assert.equal(expandUnits(['*'], SPACE).length, 2 * (2 + 12) + 3));

  const refuse = (pattern: string): void => {
    it(`${pattern} names nothing`, () =>
      expectError(() => expandUnits([pattern], SPACE), 'unit/unknown', pattern));
  };
  refuse('L7N*');
  refuse('nonsense');
  refuse('L0N12');
  refuse('5-res/*');

  it('are grouped by family in their order', () => {
    assert.deepEqual(
      [...byFamily(['1-res/2', 'L0N1', '1-res/0'], SPACE)],
      [
        ['1-res', ['1-res/2', '1-res/0']],
        ['0-mlp-neurons', ['L0N1']],
      ],
    );
  });
});
