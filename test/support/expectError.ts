import assert from 'node:assert/strict';
import { isInterpError, type ErrorCode, type InterpError } from '../../src/core/errors.ts';

/** Runs what must fail with the code, and whose message must contain every one of the words. */
export async function expectError(
  run: () => unknown,
  code: ErrorCode,
  ...words: readonly string[]
): Promise<InterpError> {
  let value: unknown;
  try {
    value = await run();
  } catch (error) {
    assert.ok(isInterpError(error, code), `expected ${code}, got ${String(error)}`);
    for (const word of words) assert.ok(error.message.includes(word), `"${error.message}" lacks "${word}"`);
    return error;
  }
  return assert.fail(`expected ${code}, got a result: ${JSON.stringify(value)?.slice(0, 200)}`);
}
