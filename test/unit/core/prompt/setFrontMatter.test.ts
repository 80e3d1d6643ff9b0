import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyUnicode } from '../../../support/anyUnicode.ts';
import { isInterpError } from '../../../../src/core/errors.ts';
import type { KeyName } from '../../../../src/core/prompt/keys.ts';
import { parsePrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import { quoteYaml } from '../../../../src/core/prompt/quote.ts';
import { applyEdits, setFrontMatter, type NewValue } from '../../../../src/core/prompt/setFrontMatter.ts';

describe('setFrontMatter', () => {
  const check = (
    name: string,
    text: string,
    key: KeyName,
    value: NewValue | null,
    expected: string,
  ): void => {
    it(name, () => assert.equal(applyEdits(text, setFrontMatter(text, key, value)), expected));
  };
  const yaml = (lines: string): string => `---\n${lines}---\nBody\n`;

  check('no front matter', 'Body', 'target', ' Mary', '---\ntarget: " Mary"\n---\nBody');
  check('CRLF', 'a\r\nb', 'seed', 3, '---\r\nseed: 3\r\n---\r\na\r\nb');
  check('byte order mark', '\uFEFFBody', 'seed', 3, '\uFEFF---\nseed: 3\n---\nBody');
  check('empty front matter', yaml(''), 'seed', 3, yaml('seed: 3\n'));
  check(
    'new key',
    yaml('bos: true # b\n'),
    'target',
    [' a', 'b'],
    yaml('bos: true # b\ntarget: [" a", b]\n'),
  );
  check('scalar', yaml('seed: 1 # why\nbos: true\n'), 'seed', 2, yaml('seed: 2 # why\nbos: true\n'));
  check('no value yet', yaml('target: # why\n'), 'target', 'a', yaml('target: a # why\n'));
  check(
    'scalar to list',
    yaml('target: " a" # c\n'),
    'target',
    [' a', ' b'],
    yaml('target: [" a", " b"] # c\n'),
  );
  check('flow list', yaml('target: [" a"] # c\n'), 'target', ' b', yaml('target: " b" # c\n'));
  check(
    'block text',
    yaml('corrupted: |\n  a\n  b\nseed: 1\n'),
    'corrupted',
    'c',
    yaml('corrupted: c\nseed: 1\n'),
  );
  check(
    'block list to scalar',
    yaml('target:\n  - a\n  - b\nseed: 1\n'),
    'target',
    'c',
    yaml('target: c\nseed: 1\n'),
  );
  check(
    'block list, one item changed',
    yaml('ablate:\n  # first\n  - L1H1@last zero # one\n  - L2H2@last zero\n# after\n'),
    'ablate',
    ['off L1H1@last zero', 'L2H2@last zero'],
    yaml('ablate:\n  # first\n  - off L1H1@last zero # one\n  - L2H2@last zero\n# after\n'),
  );
  check(
    'block list, one item more',
    yaml('ablate:\n- L1H1@last zero # one\nseed: 1\n'),
    'ablate',
    ['L1H1@last zero', 'L2H2@" a"#1 zero'],
    yaml(`ablate:\n- L1H1@last zero # one\n- 'L2H2@" a"#1 zero'\nseed: 1\n`),
  );
  check(
    'block list, one item less',
    yaml('ablate:\n  - a\n  - b\nseed: 1\n'),
    'ablate',
    ['a'],
    yaml('ablate:\n  - a\nseed: 1\n'),
  );
  check('empty list', yaml('ablate:\n  - a\n'), 'ablate', [], yaml('ablate: []\n'));
  check('remove', yaml('# top\nseed: 1 # why\n# end\n'), 'seed', null, yaml('# top\n# end\n'));
  check('remove a block list', yaml('ablate:\n  - a\n  - b\n# end\n'), 'ablate', null, yaml('# end\n'));
  check('remove a block text', yaml('corrupted: |\n  a\nseed: 1\n'), 'corrupted', null, yaml('seed: 1\n'));
  check('remove the last key', yaml('seed: 1 # why\n'), 'seed', null, 'Body\n');
  check('remove the last key, block list', yaml('\nablate:\n  - a\n  - b\n\n'), 'ablate', null, 'Body\n');
  check('remove the last key, CRLF', '---\r\nseed: 1\r\n---\r\na\r\nb', 'seed', null, 'a\r\nb');
  check('remove the last key, byte order mark', '\uFEFF---\nseed: 1\n---\nBody', 'seed', null, '\uFEFFBody');
  check('remove the last key, no body', '---\nseed: 1\n---\n', 'seed', null, '');
  check(
    'remove the last key over a body that would become a front matter',
    '---\nseed: 1\n---\n---\nbos: true\n---\n',
    'seed',
    null,
    '---\n---\n---\nbos: true\n---\n',
  );
  check(
    'remove the last key over a body that would become a damaged front matter',
    '---\nseed: 1\n---\n---\nBody',
    'seed',
    null,
    '---\n---\n---\nBody',
  );
  check('remove what is not there', yaml('seed: 1\n'), 'bos', null, yaml('seed: 1\n'));
  check('explicit key', yaml('? seed\nbos: true\n'), 'seed', 1, yaml('? seed\n: 1\nbos: true\n'));

  it('refuses a front matter that is no block mapping', () => {
    assert.throws(
      () => setFrontMatter(yaml('- a\n'), 'seed', 1),
      (error) => isInterpError(error, 'prompt/front-matter'),
    );
  });

  it('gives the value, keeps every comment and the body', () => {
    fc.assert(
      fc.property(anyGoodFile(), anyTexts(), (text, value) => {
        const after = applyEdits(text, setFrontMatter(text, 'target', value));
        const file = parsePrompt(after);
        assert.deepEqual(file.frontMatter.target?.value, value, after);
        assert.equal(file.body.text, parsePrompt(text).body.text);
        assert.deepEqual(
          file.problems,
          parsePrompt(text).problems.map(() => assert.fail('the file was bad')),
        );
        const outside = (source: string): string[] => source.match(/#kept\d/g) ?? [];
        assert.deepEqual(outside(after), outside(text));
        assert.equal(file.frontMatter.seed?.value, parsePrompt(text).frontMatter.seed?.value);
      }),
      { numRuns: 500, seed: 5 },
    );
  });
});

describe('quoteYaml', () => {
  const check = (text: string, expected: string): void => {
    it(JSON.stringify(text), () => assert.equal(quoteYaml(text), expected));
  };
  check('underglass-tiny', 'underglass-tiny');
  check('L3H1@last zero', 'L3H1@last zero');
  check(' Mary', '" Mary"');
  check('true', '"true"');
  check('42', '"42"');
  check('', '""');
  check('a: b', '"a: b"');
  check('\u0085', '"\\u0085"');
  check('L2H1@" to"#2 zero', `'L2H1@" to"#2 zero'`);
  check(`it's "so"`, `"it's \\"so\\""`);
  check('"\t"', '"\\"\\t\\""');

  it('is read back as the same text', () => {
    fc.assert(
      fc.property(anyUnicode(), (text) => {
        const file = parsePrompt(`---\nmodel: ${quoteYaml(text)}\n---\n`);
        assert.equal(file.frontMatter.model?.value, text);
      }),
      { numRuns: 500, seed: 6 },
    );
  });
});

function anyTexts(): fc.Arbitrary<string[]> {
  const text = fc.oneof(fc.constantFrom(' Mary', 'a', '#x', 'b: c', '- d', '@1', '"', 'true'), anyUnicode());
  return fc.array(text, { minLength: 1, maxLength: 4 });
}

function anyGoodFile(): fc.Arbitrary<string> {
  const target = fc.constantFrom(
    [],
    ['target: " x"'],
    ['target: " x" #kept1'],
    ['target: [" x", y] #kept1'],
    ['target: #kept1', '  #kept2', '  - " x" #kept3', '  - y', '#kept4'],
    ['target:', '- x', '- y', '- z # goes with its item', '', '#kept2'],
    ['target: []'],
  );
  const around = fc.subarray(['seed: 7 #kept5', '#kept6', 'bos: true']);
  const parts = fc.tuple(
    fc.constantFrom('\n', '\r\n'),
    around,
    target,
    fc.constantFrom('', 'Body', 'Body\n\n'),
  );
  return parts.map(([eol, lines, own, body]) => ['---', ...lines, ...own, '---', body].join(eol));
}
