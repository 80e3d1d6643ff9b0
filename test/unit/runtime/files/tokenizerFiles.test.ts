import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTokenizerFiles } from '../../../../src/runtime/files/tokenizerFiles.ts';
import { createTokenizer } from '../../../../src/core/tokens/tokenizer.ts';
import { writeByteTokenizer } from '../../../support/byteTokenizer.ts';
import { expectError } from '../../../support/expectError.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

describe('readTokenizerFiles', () => {
  it('reads the older pair as the tokenizer wants it', async () => {
    await withTemporaryFolder(async (folder) => {
      await writeByteTokenizer(folder, 300);
      const files = await readTokenizerFiles(folder);
      assert.deepEqual(Object.keys(files), ['vocab.json', 'merges.txt']);
      const tokens = createTokenizer(files).encode('Hi é');
      assert.deepEqual(
        tokens.map(({ id }) => id),
        [72, 105, 32, 0xc3, 0xa9],
      );
    });
  });

  it('takes tokenizer.json alone, and its configuration', async () => {
    await withTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'tokenizer.json'), '{}');
      await writeFile(join(folder, 'tokenizer_config.json'), '{"a":1}');
      const files = await readTokenizerFiles(folder);
      assert.deepEqual(files, { 'tokenizer.json': '{}', 'tokenizer_config.json': '{"a":1}' });
    });
  });

  it('refuses a folder without, or with half of the pair', async () => {
    await withTemporaryFolder(async (folder) => {
      await expectError(() => readTokenizerFiles(folder), 'tokenizer/missing', folder);
      await writeByteTokenizer(folder, 300);
      await rm(join(folder, 'merges.txt'));
      await expectError(() => readTokenizerFiles(folder), 'tokenizer/missing', 'merges.txt');
    });
  });
});
