import assert from 'node:assert/strict';
import { InterpError, type ErrorCode } from '../../../../src/core/errors.ts';
import { failedState } from '../../../../src/host/session/failedState.ts';

/** Only passed on. */
const LAST = 'what was shown';

function check(code: ErrorCode, last: string | null, expected: string): void {
  it(`${code} ${last ? 'over a run' : 'without a run'} is ${expected}`, () => {
    const shown = failedState(new InterpError(code, 'What happened.'), last, 'Cancelled.');
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

  it('says what was cancelled', () => {
    const shown = failedState(new InterpError('cancelled', 'x'), LAST, 'Cancelled.');
    assert.equal(shown.state === 'stale' ? shown.reason : '', 'Cancelled.');
  });

  it('asks for what is missing', () => {
    const shown = failedState(new InterpError('scalar/no-target', 'x'), null, 'Cancelled.');
    assert.match(shown.state === 'empty' ? shown.reason : '', /^No target is given/u);
  });
});
