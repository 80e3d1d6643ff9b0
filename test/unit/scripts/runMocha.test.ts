import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../../scripts/test/childProcess.ts';
import {
  parseRecords,
  RESULTS_VARIABLE,
  RETRIES_VARIABLE,
  type TestRecord,
} from '../../../scripts/test/record.ts';
import { withTemporaryFolder } from '../../support/temporaryFolder.ts';

const FLAKY = `let tries = 0;
describe('a suite', () => {
  it('fails once', () => { if (++tries === 1) throw new Error('not yet'); });
  it('fails always', () => { throw new Error('never'); });
});`;

describe('a run of mocha', () => {
  const check = (retries: string, expected: readonly string[]): Promise<void> =>
    withTemporaryFolder(async (folder) => {
      const [file, results] = [path.join(folder, 'flaky.test.mjs'), path.join(folder, 'results.jsonl')];
      await writeFile(file, FLAKY);
      const { code } = await runProcess({
        command: process.execPath,
        args: ['--import=tsx', 'scripts/test/mochaWorker.ts', file],
        env: { [RESULTS_VARIABLE]: results, [RETRIES_VARIABLE]: retries },
        timeoutMs: 60_000,
        output: 'capture',
      });
      assert.equal(code, 1);
      assert.deepEqual(parseRecords(await readFile(results, 'utf8')).map(shown), expected);
    });

  it('tries nothing again unless it is told to', async () => {
    await check('0', ['a suite fails once: failed', 'a suite fails always: failed']);
  }).timeout(60_000);

  it('tells of what passed at its second try', async () => {
    await check('1', [
      'a suite fails once: passed, first Error: not yet',
      'a suite fails always: failed, first Error: never',
    ]);
  }).timeout(60_000);
});

function shown({ title, state, firstError }: TestRecord): string {
  const first = firstError === undefined ? '' : `, first ${firstError.split('\n')[0]}`;
  return `${title}: ${state}${first}`;
}
