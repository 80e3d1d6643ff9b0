import assert from 'node:assert/strict';
import { findPython } from '../../support/python.ts';

describe('Python of the live comparisons', () => {
  const given = process.env['UNDERGLASS_PYTHON'];
  afterEach(() => {
    if (given === undefined) delete process.env['UNDERGLASS_PYTHON'];
    else process.env['UNDERGLASS_PYTHON'] = given;
  });

  for (const [name, python, words] of [
    ['is not there', '/nowhere/python', 'ENOENT'],
    ['does not have the packages', process.execPath, 'UNDERGLASS_PYTHON cannot be used'],
  ] as const)
    it(`is refused with the reason when it ${name}`, () => {
      process.env['UNDERGLASS_PYTHON'] = python;
      const found = findPython();
      assert.ok('missing' in found && found.missing.includes(words), JSON.stringify(found));
    });
});
