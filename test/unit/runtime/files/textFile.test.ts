import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextFile, writeWholeFile } from '../../../../src/runtime/files/textFile.ts';
import { expectError } from '../../../support/expectError.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

describe('text files', () => {
  it('are read as UTF-8, line ends kept, a byte order mark dropped', async () => {
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'a.prompt');
      await writeFile(file, '\uFEFFhé\r\n\t😀');
      assert.equal(await readTextFile(file), 'hé\r\n\t😀');
      await writeFile(file, '');
      assert.equal(await readTextFile(file), '');
    });
  });

  it('are refused when binary, missing or a folder', async () => {
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'a.png');
      await writeFile(file, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d));
      await expectError(() => readTextFile(file), 'file/binary', 'a.png', 'not UTF-8');
      await writeFile(file, Uint8Array.of(0x41, 0, 0x42));
      await expectError(() => readTextFile(file), 'file/binary', 'a.png', 'NUL byte at 1');
      await expectError(() => readTextFile(join(folder, 'none')), 'file/not-found', 'none');
      await expectError(() => readTextFile(folder), 'file/unreadable', 'is not a file');
    });
  });

  it('are written, folders made on the way, or refused with the reason', async () => {
    await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'new', 'deep', 'out.json');
      await writeWholeFile(file, '{}');
      assert.equal(await readFile(file, 'utf8'), '{}');
      await expectError(() => writeWholeFile(folder, 'x'), 'file/unwritable', folder, 'EISDIR');
      // A file where a folder should be: refused for every user, root included.
      await expectError(
        () => writeWholeFile(join(file, 'x'), 'x'),
        'file/unwritable',
        'could not be written',
      );
    });
  });
});
