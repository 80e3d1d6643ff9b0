import assert from 'node:assert/strict';
import {
  codeSpan,
  commandLink,
  plainMarkdown,
  short,
  visibleToken,
} from '../../../../src/host/editor/format.ts';

describe('tokens and numbers in the editor', () => {
  it('makes every character of a token visible', () => {
    const check = (text: string, expected: string): void => assert.equal(visibleToken({ text }), expected);
    check(' Mary', '·Mary');
    check('\r\n\t', '␍↵⇥');
    check('<|endoftext|>', '⟨endoftext⟩');
    check('a\u200Bb', 'a⟨U+200B⟩b');
    check('\u00A0', '⟨U+00A0⟩');
    assert.equal(visibleToken({ text: '\uFFFD', bytes: [0xc3, 0x0a] }), '‹c3 0a›');
  });

  it('writes numbers with three digits', () => {
    const check = (value: number | null, expected: string): void => assert.equal(short(value), expected);
    check(0, '0.000');
    check(3.4567, '3.46');
    check(-21.27, '-21.3');
    check(1234.5, '1235');
    check(1.5e-7, '1.5e-7');
    check(Number.NaN, '–');
  });

  it('holds any text in a code span', () => {
    const check = (text: string, expected: string): void => assert.equal(codeSpan(text), expected);
    check('a', '`a`');
    check('a`b', '``a`b``');
    check('`', '`` ` ``');
    check('a|b', String.raw`\`a\|b\``.replaceAll('\\`', '`'));
  });

  it('lets no words become Markdown', () => {
    assert.equal(plainMarkdown('[x](command:y) | *a*\nb'), String.raw`\[x\]\(command:y\) \| \*a\* b`);
  });

  it('writes command links that keep their arguments and end where they should', () => {
    const link = commandLink('some.command', 'file:///a (b).prompt', 3);
    assert.doesNotMatch(link, /[()\s]/);
    const args: unknown = JSON.parse(decodeURIComponent(link.slice(link.indexOf('?') + 1)));
    assert.deepEqual(args, ['file:///a (b).prompt', 3]);
    assert.equal(commandLink('some.command'), 'command:some.command');
  });
});
