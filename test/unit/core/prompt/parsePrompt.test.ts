import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_FRONT_MATTER, parsePrompt, plainPrompt } from '../../../../src/core/prompt/parsePrompt.ts';
import { applyEdits } from '../../../../src/core/prompt/setFrontMatter.ts';
import { anyPromptFile } from './anyPromptFile.ts';

const parse = (yaml: string): ReturnType<typeof parsePrompt> => parsePrompt(`---\n${yaml}---\nBody`);

describe('parsePrompt', () => {
  describe('body', () => {
    const check = (text: string, body: string, start: number): void => {
      it(JSON.stringify(text), () => {
        const file = parsePrompt(text);
        assert.equal(file.body.text, body);
        assert.equal(file.body.start, start);
        assert.equal(file.body.end, start + body.length);
      });
    };
    check('', '', 0);
    check('plain', 'plain', 0);
    check('one\n', 'one', 0);
    check('two\n\n', 'two\n', 0);
    check('a\r\nb\r\n', 'a\r\nb', 0);
    check('\n', '', 0);
    check('---\nbos: true\n---\nText\n', 'Text', 18);
    check('---\r\nbos: true\r\n---\r\nText\r\n', 'Text', 21);
    check('---\n---\nText', 'Text', 8);
    check('---\n---', '', 7);
    check('--- \nbos: true\n---\t\nText', 'Text', 20);
    check('---\nbos: true\n---\na\n---\nb', 'a\n---\nb', 18);
    check('a\n---\nb\n---\n', 'a\n---\nb\n---', 0);
    check('----\na', '----\na', 0);
    check('--- a\nb', '--- a\nb', 0);
    check('---\nnever closed', '---\nnever closed', 0);
    check('\uFEFF---\nbos: true\n---\nText', 'Text', 19);
    check('\uFEFFText', 'Text', 1);
    check('a\rb\r', 'a\rb\r', 0);
  });

  it('reads every key with its ranges', () => {
    const yaml = `model: underglass-tiny # comment
sae: [a, b]
bos: false
target: " Mary"
distractor:
  - " John"
  - ' Ann'
position: '@" John"#2'
scalar: log_prob
corrupted: |
  Some text
reference: ref.txt
seed: 7
ablate:
  - L3H1@last zero # why
  - off L5N123@3..7 x 0.5
`;
    const file = parse(yaml);
    assert.deepEqual(file.problems, []);
    const values = Object.fromEntries(
      Object.entries(file.frontMatter).map(([key, entry]) => [key, entry.value]),
    );
    assert.deepEqual(values, {
      model: 'underglass-tiny',
      sae: ['a', 'b'],
      bos: 'never',
      target: [' Mary'],
      distractor: [' John', ' Ann'],
      position: { kind: 'text', text: ' John', occurrence: 2 },
      scalar: 'log_prob',
      corrupted: 'Some text\n',
      reference: 'ref.txt',
      seed: 7,
      ablate: ['L3H1@last zero', 'off L5N123@3..7 x 0.5'],
    });
    const slice = (range: { start: number; end: number } | undefined): string =>
      range ? file.text.slice(range.start, range.end) : '(absent)';
    assert.equal(slice(file.frontMatter.target?.key), 'target');
    assert.equal(slice(file.frontMatter.target?.range), '" Mary"');
    assert.deepEqual(file.frontMatter.distractor?.items.map(slice), ['" John"', "' Ann'"]);
    assert.deepEqual(file.frontMatter.ablate?.items.map(slice), ['L3H1@last zero', 'off L5N123@3..7 x 0.5']);
  });

  describe('problems', () => {
    /** Expected: `severity code "text of the range": part of the message`. */
    const check = (yaml: string, ...expected: string[]): void => {
      it(JSON.stringify(yaml.slice(0, 60)), () => {
        const file = parse(yaml);
        const got = file.problems.map(
          ({ severity, code, start, end, message }) =>
            `${severity} ${code} ${JSON.stringify(file.text.slice(start, end))}: ${message}`,
        );
        assert.equal(got.length, expected.length, got.join('\n'));
        for (const [index, wanted] of expected.entries()) {
          const [head = '', tail = ''] = wanted.split(' ... ');
          assert.ok(got[index]?.startsWith(head) && got[index].includes(tail), `${got[index]} / ${wanted}`);
        }
        assert.equal(file.body.text, 'Body');
      });
    };
    check('');
    check('# only a comment\n');
    check('traget: " a"\n', 'warning unknown-key "traget" ... Did you mean "target"?');
    check('zzzzzz: 1\n', 'warning unknown-key "zzzzzz" ... Keys are model, sae');
    check('seed: 1\nseed: 2\n', 'warning duplicate-key "seed" ... the first one counts');
    check('target: 42\n', 'error wrong-type "42" ... wants a text, not 42');
    check('target: [" a", 42]\n', 'error wrong-type "42" ... wants a text');
    check('target:\n', 'warning wrong-type "" ... has no value');
    check('target: {a: 1}\n', 'error wrong-type "{a: 1}" ... a mapping');
    check('model: [a]\n', 'error wrong-type "[a]" ... a list');
    check('model: !!binary YQ==\n', 'error wrong-type "YQ==" ... a tagged value');
    check('bos: yes\n', 'error wrong-type "yes" ... one of auto, true, false');
    check('bos: ture\n', 'error wrong-type "ture" ... one of auto, true, false');
    check('scalar: logit-diff\n', 'error wrong-type "logit-diff" ... logit_diff');
    check('seed: 1.5\n', 'error wrong-type "1.5" ... a whole number');
    check('seed: -1\n', 'error wrong-type "-1" ... a whole number');
    check('seed: .nan\n', 'error wrong-type ".nan" ... a whole number');
    check('seed: 99999999999999999999\n', 'error wrong-type "99999999999999999999" ... a whole number');
    check('position: first\n', 'error wrong-type "first" ... a position such as');
    check('position: 3\n');
    check('position: 7..3\n', 'error wrong-type "7..3"');
    check('position: @7 # here\n', 'warning yaml "@7" ... write \'@7\'');
    check('ablate: [L3H1 zero]\n', 'error bad-value "L3H1" ... UNIT@POSITIONS KIND');
    check('ablate: L3H1@last zap\n', 'error bad-value "zap" ... "zap" is not a kind');
    check('\tbos: true\n', 'error yaml "\\t" ... Tabs are not allowed');
    check('target: "open\n', 'error yaml ... Missing closing');
    check('target: [a,\n distractor: {x\nablate: - L0H0\nbos: maybe\n', 'error wrong-type', 'error yaml');
    check('a: &x [1]\ntarget: *x\n', 'warning unknown-key "a"', 'error wrong-type "*x" ... an alias');
    check('- a\n', 'error not-a-mapping "- a"');
    check('{bos: true}\n', 'error not-a-mapping "{bos: true}"');
    check('just words\n', 'error not-a-mapping "just words"');
    check('? [a]\n: b\n');
    check('target: Mary: x\n', 'error yaml', 'error wrong-type "Mary: x" ... a mapping');
    check(`x${'y'.repeat(MAX_FRONT_MATTER)}: 1\n`, 'error too-large');
  });

  it('says that front matter is not closed, and takes the whole file', () => {
    const file = parsePrompt('---\nbos: true\n');
    assert.deepEqual(
      file.problems.map(({ code, start, end }) => [code, start, end]),
      [['unterminated', 0, 3]],
    );
  });

  it('offers fixes that mend', () => {
    for (const yaml of [
      'traget: " a"\n',
      'target: 42\n',
      'position: @7\n',
      'scalar: logit-diff\n',
      'bos: ture\n',
    ]) {
      const file = parse(yaml);
      const edits = file.problems.flatMap((problem) => problem.fix?.edits ?? []);
      assert.equal(edits.length, 1, yaml);
      assert.deepEqual(parsePrompt(applyEdits(file.text, edits)).problems, [], yaml);
    }
  });

  it('takes a plain file as it is', () => {
    assert.deepEqual(plainPrompt('---\nbos: true\n---\r\n').body, {
      start: 0,
      end: 17,
      text: '---\nbos: true\n---',
    });
    assert.equal(plainPrompt('a\n\n').body.text, 'a\n');
  });

  it('does not expand aliases', () => {
    const level = (i: number): string => `k${i}: &a${i} [${`*a${i - 1},`.repeat(9)}x]\n`;
    assert.ok(parse(Array.from({ length: 30 }, (_, i) => level(i)).join('')).problems.length > 0);
    assert.equal(parse('k: 1\n'.repeat(9_000)).problems.length, 100);
  });

  describe('nesting that could exhaust the stack is refused', () => {
    const check = (yaml: string, message: string | null): void => {
      it(`${JSON.stringify(yaml.slice(0, 12))} and so on`, () => {
        const found = parse(yaml).problems.find((problem) => problem.message.includes('Nested too deeply'));
        assert.equal(found === undefined, message === null);
      });
    };
    const refused = 'refused';
    check(`sae: ${'['.repeat(60_000)}\n`, refused);
    check(`sae: ${'{a: '.repeat(15_000)}\n`, refused);
    check(`sae: ${'["]", '.repeat(10_000)}\n`, refused);
    check(`${']'.repeat(20_000)}${'['.repeat(20_000)}\n`, refused);
    check(`sae:\n  ${'- '.repeat(30_000)}x\n`, refused);
    check(`${'? '.repeat(30_000)}x\n`, refused);
    check(`${'a: '.repeat(20_000)}\n`, refused);
    check(`sae: [${'? '.repeat(30_000)}\n`, refused);
    check(Array.from({ length: 350 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), refused);
    check(`sae: [${'a, '.repeat(20_000)}]\n`, null);
    check(`sae: [${'{a: 1}, '.repeat(8_000)}]\n`, null);
    check(`corrupted: |\n  ${'[{'.repeat(30_000)}\n`, null);
    check(`corrupted: "${'- '.repeat(30_000)}"\n`, null);
    check(`corrupted: ${'x[ - '.repeat(10_000)}\n`, null);
    check(`ablate:\n${'  - L1H1@last zero\n'.repeat(3_000)}`, null);
  });

  it('never throws; ranges lie in the text; the parts make up the file', () => {
    fc.assert(
      fc.property(anyPromptFile(), (text) => {
        const file = parsePrompt(text);
        const { body, yaml } = file;
        assert.equal(text.slice(body.start, body.end), body.text);
        assert.match(text.slice(body.end), /^(?:\r?\n)?$/);
        assert.match(
          text.slice(0, yaml?.start ?? body.start),
          yaml ? /^\uFEFF?---[ \t]*\r?\n$/ : /^\uFEFF?$/,
        );
        if (yaml) assert.match(text.slice(yaml.end, body.start), /^---[ \t]*(?:\r?\n|$)/);
        const ranges = Object.values(file.frontMatter).flatMap((entry) => [
          entry.key,
          entry.range,
          ...entry.items,
        ]);
        for (const { start, end } of [...file.problems, ...ranges]) {
          assert.ok(0 <= start && start <= end && end <= text.length, `${start}..${end} of ${text.length}`);
        }
      }),
      { numRuns: 1000, seed: 3 },
    );
  });
});
