import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALLOCATOR_VARIABLES } from '../../src/core/speed.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'dist', 'cli.mjs');

describe('the built command line', () => {
  it('starts with the allocator of the engine process', () => {
    const [first] = readFileSync(CLI, 'utf8').split('\n');
    const variables = Object.entries(ALLOCATOR_VARIABLES).map(([name, value]) => `${name}=${value}`);
    assert.equal(first, `#!/usr/bin/env -S ${variables.join(' ')} node`);
  });

  it('is run by its own name', function () {
    if (process.platform === 'win32') {
      console.log('      skipped: Windows runs no file by its first line; npm writes a script of its own');
      return this.skip();
    }
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.equal(execFileSync(CLI, ['--version'], { encoding: 'utf8' }).trim(), version);
  });
});
