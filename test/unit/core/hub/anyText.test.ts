import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InterpError } from '../../../../src/core/errors.ts';
import { safeName, safePath } from '../../../../src/core/hub/fileName.ts';
import { parseTarget } from '../../../../src/core/hub/parseTarget.ts';

const RUNS = { numRuns: 2000, seed: 5 };
/** Pieces that names and addresses are made of, in any order. */
const pieces = fc.constantFrom(
  ...[
    'gpt2',
    'gpt2-small',
    '/',
    '..',
    '.',
    '@',
    ':',
    '6-res-jb',
    '650',
    'https://',
    'huggingface.co',
    'tree',
    'main',
  ],
  ...[
    'www.neuronpedia.org',
    'az://openaipublic',
    '%2e',
    '%',
    '\\',
    '~',
    ' ',
    'org',
    'x+y.pt',
    '\0',
    'gpt2-small-res-jb',
  ],
);
const texts = fc.oneof(
  fc.string({ maxLength: 60, unit: 'grapheme' }),
  fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
);

describe('any text', () => {
  it('is a target or a typed error, and no path of a repository leaves it', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          const target = parseTarget(text);
          if (target.kind !== 'repository') return;
          const { repository, path } = target.place;
          assert.ok(!repository.split('/').some((part) => part === '..' || part === '.'), repository);
          assert.ok(!path.split('/').includes('..'), path);
        } catch (error) {
          assert.ok(error instanceof InterpError && error.code === 'hub/unknown', String(error));
        }
      }),
      RUNS,
    );
  });

  it('makes names that every file system takes, and paths that stay inside', () => {
    fc.assert(
      fc.property(texts, (text) => {
        assert.match(safeName(text), /^[^<>:"|?*+\\\p{Cc}]+$/u);
        for (const part of safePath(text).split('/')) assert.ok(part !== '..' && part !== '.', text);
        assert.equal(safeName(safeName(text)), safeName(text));
      }),
      RUNS,
    );
  });
});
