import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeRandomModel } from '../support/randomModel.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');

describe('a machine without ONNX Runtime', () => {
  it('gets engine/unavailable, in words, and exit code 3', () =>
    withTemporaryFolder(async (folder) => {
      // Outside the repository no node_modules is found.
      const cli = join(folder, 'cli.mjs');
      await copyFile(CLI, cli);
      await writeRandomModel(join(folder, 'model'));
      const run = promisify(execFile)(
        process.execPath,
        [cli, 'trace', '-', '--model', join(folder, 'model')],
        {
          cwd: folder,
        },
      );
      run.child.stdin?.end('some text');
      const error = await run.then(
        () => assert.fail('it ran'),
        (failure: { code: number; stderr: string }) => failure,
      );
      assert.equal(error.code, 3);
      assert.match(error.stderr, /ONNX Runtime could not be loaded on/);
    }));
});
