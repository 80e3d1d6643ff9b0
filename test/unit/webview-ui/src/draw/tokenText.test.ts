import assert from 'node:assert/strict';
import { endsLine, tokenLabel, tokenParts } from '../../../../../webview-ui/src/draw/tokenText.ts';

describe('tokenLabel', () => {
  const check = (
    token: { text: string; bytes?: readonly number[] },
    expected: string,
    position?: number,
  ): void => {
    it(`shows ${JSON.stringify(token)} as ${expected}`, () =>
      assert.equal(tokenLabel(token, position), expected));
  };
  check({ text: ' Mary' }, '·Mary');
  check({ text: 'When' }, 'When');
  check({ text: '!\n' }, '!↵');
  check({ text: '\r\n' }, '␍↵');
  check({ text: '\tint' }, '⇥int');
  check({ text: '  ' }, '··');
  check({ text: '\u200b' }, '⟨U+200B⟩');
  check({ text: '\u00a0' }, '⟨U+00A0⟩');
  check({ text: '\u0000' }, '⟨U+0000⟩');
  check({ text: '' }, '⟨empty⟩');
  check({ text: '\uFFFD', bytes: [0xf0, 0x9f] }, '‹f0 9f›');
  check({ text: '\uFFFD' }, '�');
  check({ text: '🎉' }, '🎉');
  check({ text: '<|endoftext|>' }, '⟨bos⟩', 0);
  check({ text: '<|endoftext|>' }, '⟨endoftext⟩', 7);
  check({ text: '<|endoftext|>' }, '⟨endoftext⟩');
});

describe('tokenParts', () => {
  it('parts what is seen from what is marked, without empty pieces', () => {
    assert.deepEqual(tokenParts({ text: ' a b\n' }), [
      { text: '·', mark: true },
      { text: 'a', mark: false },
      { text: '·', mark: true },
      { text: 'b', mark: false },
      { text: '↵', mark: true },
    ]);
  });
});

describe('endsLine', () => {
  it('is true after a line end only', () => {
    assert.equal(endsLine({ text: '!\n' }), true);
    assert.equal(endsLine({ text: '\n!' }), false);
  });
});
