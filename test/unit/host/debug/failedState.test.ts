import assert from 'node:assert/strict';
import { InterpError, type ErrorCode } from '../../../../src/core/errors.ts';
import { failedState } from '../../../../src/host/debug/failedState.ts';
import type { DebugPageView } from '../../../../src/protocol/debugViewContract.ts';

// Only passed on: the state does not look into it.
const LAST = { fileName: 'ioi.prompt' } as unknown as DebugPageView;

function check(code: ErrorCode, last: DebugPageView | null, expected: string): void {
  it(`${code} ${last ? 'over a run' : 'without a run'} is ${expected}`, () => {
    const shown = failedState(new InterpError(code, 'What happened.'), last);
    const under = 'last' in shown ? shown.last : undefined;
    assert.equal(shown.state, expected);
    assert.equal(under, expected === 'empty' ? undefined : last);
  });
}

describe('failedState', () => {
  check('scalar/no-target', null, 'empty');
  check('scalar/no-target', LAST, 'empty');
  check('prompt/empty', null, 'empty');
  check('cancelled', null, 'empty');
  check('cancelled', LAST, 'stale');
  check('engine/crashed', null, 'error');
  check('scalar/not-one-token', LAST, 'error');

  it('asks for what is missing', () => {
    const shown = failedState(new InterpError('scalar/no-target', 'x'), null);
    assert.match(shown.state === 'empty' ? shown.reason : '', /^No target is given/u);
  });
});
