import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { errorsPage } from '../../../scripts/errors.ts';
import { ROOT } from '../../../scripts/test/files.ts';
import { ERRORS } from '../../../src/core/errors.ts';

describe('ERRORS.md', () => {
  it('is what `npm run errors` writes today', () => {
    assert.equal(readFileSync(path.join(ROOT, 'ERRORS.md'), 'utf8'), errorsPage());
  });

  it('has a heading for every code, once', () => {
    const headings = errorsPage().match(/^### `.*`$/gmu) ?? [];
    assert.deepEqual(
      headings.sort(),
      Object.keys(ERRORS)
        .map((code) => `### \`${code}\``)
        .sort(),
    );
  });
});
