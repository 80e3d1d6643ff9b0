import assert from 'node:assert/strict';
import { InterpError, type ErrorCode } from '../../../../src/core/errors.ts';
import { surviving } from '../../../../src/host/many/surviving.ts';

/** Fails with these codes one after the other, then succeeds. */
async function run(codes: readonly ErrorCode[], { aborted }: { readonly aborted: boolean }): Promise<string> {
  const left = [...codes];
  let tries = 0;
  const controller = new AbortController();
  if (aborted) controller.abort();
  const job = async (): Promise<string> => {
    tries++;
    const code = left.shift();
    if (code) throw new InterpError(code, 'as asked');
    return 'done';
  };
  const result = surviving(job, controller.signal).catch((error: unknown) => (error as InterpError).code);
  return `${await result} after ${tries}`;
}

describe('a job that outlives the engine', () => {
  const check = (codes: readonly ErrorCode[], expected: string, aborted = false): void => {
    it(`${codes.join(', ')}: ${expected}`, async () => assert.equal(await run(codes, { aborted }), expected));
  };

  check([], 'done after 1');
  check(['engine/crashed'], 'done after 2');
  check(['engine/crashed', 'engine/crashed'], 'engine/crashed after 2');
  check(['scalar/no-target'], 'scalar/no-target after 1');
  check(['engine/crashed'], 'cancelled after 1', true);
});
