import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../../scripts/test/childProcess.ts';
import { ROOT } from '../../../scripts/test/files.ts';
import { parseRecords, RESULTS_VARIABLE } from '../../../scripts/test/record.ts';
import { withTemporaryFolder } from '../../support/temporaryFolder.ts';

const BROKEN = `describe('a suite', () => {
  it('passes', () => {});
  it('fails', () => { throw new Error('never'); });
  it('is left out');
});
describe('another', () => {
  before(() => { throw new Error('no start'); });
  it('has nothing to start from', () => {});
});`;

describe('a run of mocha', () => {
  it('records what each test did, and in which file', async () => {
    await withTemporaryFolder(async (folder) => {
      const [file, results] = [path.join(folder, 'broken.test.mjs'), path.join(folder, 'results.jsonl')];
      await writeFile(file, BROKEN);
      const { code } = await runProcess({
        command: process.execPath,
        args: ['--import=tsx', 'scripts/test/mochaWorker.ts', file],
        env: { [RESULTS_VARIABLE]: results },
        timeoutMs: 60_000,
        output: 'capture',
      });
      assert.equal(code, 1);
      const records = parseRecords(await readFile(results, 'utf8'));
      assert.deepEqual(
        records.map(({ title, state, error }) => `${title}: ${state} ${error?.split('\n')[0] ?? ''}`.trim()),
        [
          'a suite passes: passed',
          'a suite fails: failed Error: never',
          'a suite is left out: skipped',
          'another "before all" hook for "has nothing to start from": failed Error: no start',
        ],
      );
      for (const record of records) assert.equal(path.resolve(ROOT, record.file ?? ''), file);
    });
  }).timeout(60_000);
});
