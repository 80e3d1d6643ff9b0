import assert from 'node:assert/strict';
import { partsDiffer, remember } from '../../../../../webview-ui/src/controls/changed.ts';

describe('partsDiffer', () => {
  const part = { a: 1 };
  const check = (next: unknown, before: unknown, expected: boolean): void => {
    it(`${JSON.stringify(next)} after ${JSON.stringify(before)}: ${expected}`, () => {
      assert.equal(partsDiffer(next, before), expected);
    });
  };
  check({ part, n: 1 }, { part, n: 1 }, false);
  check({ part, n: 1 }, { part, n: 2 }, true);
  check({ part }, { part: { a: 1 } }, true);
  check({ part }, { part, n: 1 }, true);
  check({ n: NaN }, { n: 1 }, true);
  check(null, null, false);
  check({}, null, true);
  check(undefined, {}, true);
});

describe('remember', () => {
  it('computes once for the same arguments and again for others', () => {
    let runs = 0;
    const sum = remember((a: number, b: number) => {
      runs++;
      return { sum: a + b };
    });
    assert.equal(sum(1, 2), sum(1, 2));
    assert.equal(runs, 1);
    assert.equal(sum(1, 3).sum, 4);
    assert.equal(sum(1, 2).sum, 3);
    assert.equal(runs, 3);
  });
});
