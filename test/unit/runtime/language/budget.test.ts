import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import { createBudget } from '../../../../src/runtime/language/budget.ts';

const SIGNAL = new AbortController().signal;
const usage = (promptTokens: number, completionTokens = 0) => ({ promptTokens, completionTokens });

describe('budget', () => {
  it('has no end without caps', async () => {
    const budget = createBudget({ requests: null, tokens: null });
    for (let index = 0; index < 50; index++) (await budget.reserve(usage(1e9), SIGNAL)).settle(usage(1e9));
  });

  it('counts what requests cost, not what was kept for them', async () => {
    const budget = createBudget({ requests: null, tokens: 100 });
    for (let index = 0; index < 3; index++) (await budget.reserve(usage(60, 20), SIGNAL)).settle(usage(5, 5));
    const error = await expectError(
      () => budget.reserve(usage(60, 20), SIGNAL),
      'language/budget',
      '30 tokens',
    );
    assert.deepEqual(error.data, { requests: 3, tokens: 30 });
    (await budget.reserve(usage(70), SIGNAL)).release();
  });

  it('gives back what was never answered, but for what may be charged', async () => {
    const budget = createBudget({ requests: 2, tokens: null });
    (await budget.reserve(usage(1), SIGNAL)).release();
    (await budget.reserve(usage(1), SIGNAL)).release(2);
    await expectError(() => budget.reserve(usage(1), SIGNAL), 'language/budget', '2 requests');
  });

  it('waits for requests under way before it says no', async () => {
    const budget = createBudget({ requests: 1, tokens: null });
    const first = await budget.reserve(usage(1), SIGNAL);
    const second = budget.reserve(usage(1), SIGNAL);
    const third = budget.reserve(usage(1), SIGNAL);
    first.release();
    (await second).settle(usage(1));
    await expectError(() => third, 'language/budget');
  });

  it('can be left while it waits', async () => {
    const budget = createBudget({ requests: 1, tokens: null });
    await budget.reserve(usage(1), SIGNAL);
    const stop = new AbortController();
    const waiting = budget.reserve(usage(1), stop.signal);
    stop.abort();
    await expectError(() => waiting, 'cancelled');
    await expectError(() => budget.reserve(usage(1), stop.signal), 'cancelled');
  });
});
