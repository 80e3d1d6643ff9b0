import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';

const FOLDER = new URL('../../../../examples/', import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.prompt'));

describe('examples', () => {
  it('are a dozen and more', () => assert.ok(names.length >= 12, `${names.length}`));

  for (const name of names) {
    it(`${name}: no problems, says what to look for, ends in no space`, () => {
      const file = parsePrompt(readFileSync(new URL(name, FOLDER), 'utf8'));
      assert.deepEqual(file.problems, []);
      assert.match(file.text.slice(file.yaml?.start, file.yaml?.end), /^# \S/);
      assert.match(file.body.text, /\S$/);
      const { target, distractor } = file.frontMatter;
      assert.equal(target === undefined, distractor === undefined);
    });
  }

  it('hold the sentence that everybody knows', () => {
    const file = parsePrompt(readFileSync(new URL('ioi.prompt', FOLDER), 'utf8'));
    assert.equal(file.body.text, 'When Mary and John went to the store, John gave a drink to');
    assert.deepEqual(file.frontMatter.target?.value, [' Mary']);
    assert.deepEqual(file.frontMatter.distractor?.value, [' John']);
  });
});
