import assert from 'node:assert/strict';
import { singleTokenForm } from '../../../../src/core/prompt/singleToken.ts';

describe('single-token form', () => {
  const vocabulary = new Set([' Mary', 'ly', ' ']);
  const check = (answer: string, expected: string | null): void => {
    it(JSON.stringify(answer), () =>
      assert.equal(
        singleTokenForm(answer, (text) => vocabulary.has(text)),
        expected,
      ),
    );
  };
  check('Mary', ' Mary');
  check('  Mary ', ' Mary');
  check(' ly', 'ly');
  check('ly', null);
  check('', null);
  check('zebra', null);
});
