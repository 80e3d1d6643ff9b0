import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');

interface Manifest {
  readonly contributes: {
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly id: string; readonly media: { readonly markdown: string } }[];
    }[];
  };
}

describe('the walkthrough', () => {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;
  const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);

  it('has five steps', () => assert.equal(steps.length, 5));

  for (const { id, media } of steps) {
    it(`shows a picture with words for it in the step ${id}`, () => {
      const file = path.join(ROOT, media.markdown);
      const pictures = [...readFileSync(file, 'utf8').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/gu)];
      assert.ok(pictures.length > 0);
      for (const [, words = '', picture = ''] of pictures) {
        assert.ok(words.length > 20, words);
        assert.ok(existsSync(path.join(path.dirname(file), picture)), picture);
      }
    });
  }
});
