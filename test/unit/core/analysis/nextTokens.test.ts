import assert from 'node:assert/strict';
import { nextTokens, type NextTokensRequest } from '../../../../src/core/analysis/nextTokens.ts';

const LEFT = Float32Array.of(1, 4, 2, 0, 3);
const RIGHT = Float32Array.of(5, 1, 2, 0, 3);
const TEXTS = [' the', ' Mary', ' John', ' zebra', ' Tom'];

function table(request: Partial<NextTokensRequest>): ReturnType<typeof nextTokens> {
  return nextTokens({
    left: LEFT,
    right: null,
    targets: [1],
    distractors: [2],
    k: 2,
    filter: '',
    text: (id) => TEXTS[id] ?? '?',
    ...request,
  });
}

describe('next-token table', () => {
  const cases: readonly (readonly [string, Partial<NextTokensRequest>, readonly string[]])[] = [
    ['targets and distractors first, then by logit', {}, [' Mary', ' John', ' Tom']],
    ['an unlikely target is there too', { targets: [3], k: 1 }, [' zebra', ' John', ' Mary']],
    ['the union of both sides', { right: RIGHT, k: 1 }, [' Mary', ' John', ' the']],
    ['a filter ignores case and spares the targets', { filter: 'TOM', k: 9 }, [' Mary', ' John', ' Tom']],
    ['k of what passes the filter', { filter: 'e', k: 1 }, [' Mary', ' John', ' the']],
    ['a filter that nothing passes', { filter: 'x' }, [' Mary', ' John']],
    ['without targets', { targets: [], distractors: [], k: 1 }, [' Mary']],
  ];
  for (const [name, request, expected] of cases) {
    it(name, () =>
      assert.deepEqual(
        table(request).map(({ text }) => text),
        expected,
      ),
    );
  }

  it('logits are relative to the first target on each side; probabilities and ranks are of all tokens', () => {
    const [mary, john] = table({ right: RIGHT });
    assert.deepEqual([mary?.role, mary?.left.logit, mary?.right?.logit], ['target', 0, 0]);
    assert.deepEqual([john?.role, john?.left.logit, john?.right?.logit], ['distractor', -2, 1]);
    assert.deepEqual([john?.left.rank, john?.right?.rank], [3, 3]);
    const total = [...LEFT].reduce((sum, logit) => sum + Math.exp(logit), 0);
    assert.ok(Math.abs((john?.left.probability ?? 0) - Math.exp(2) / total) < 1e-12);
  });
});
