import assert from 'node:assert/strict';
import fc from 'fast-check';
import { anyUnicode } from '../../../support/anyUnicode.ts';
import { isInterpError, type ErrorCode } from '../../../../src/core/errors.ts';
import type { TokenizerFiles } from '../../../../src/core/tokens/definition.ts';
import { checkVocabularySize, createTokenizer } from '../../../../src/core/tokens/tokenizer.ts';
import { tinyTokenizerFiles } from '../../../support/tinyTokenizer.ts';

const files = tinyTokenizerFiles();
const tokenizer = createTokenizer(files);

describe('tokenizer', () => {
  describe('encode', () => {
    const check = (text: string, expected: readonly string[]): void => {
      it(JSON.stringify(text), () => {
        const got = tokenizer.encode(text).map((token) => {
          const bytes = token.bytes ? ` bytes ${token.bytes.join(',')}` : '';
          return `${JSON.stringify(token.text)} ${token.start}-${token.end}${bytes}`;
        });
        assert.deepEqual(got, expected);
      });
    };
    check('', []);
    check('the the', ['"the" 0-3', '" the" 3-7']);
    check(' Mary and John', ['" Mary" 0-5', '" and" 5-9', '" John" 9-14']);
    check('<|endoftext|>the', ['"<|endoftext|>" 0-13', '"the" 13-16']);
    check(
      'a<|endoftext|',
      [...'a<|endoftext|'].map((c, i) => `"${c}" ${i}-${i + 1}`),
    );
    check('é', ['"é" 0-1']);
    check('e\u0301', ['"e" 0-1', '"\uFFFD" 1-2 bytes 204', '"\uFFFD" 1-2 bytes 129']);
    check('😀', ['"😀" 0-2']);
    check('x😁', ['"x" 0-1', '"\uFFFD" 1-3 bytes 240,159,152', '"\uFFFD" 1-3 bytes 129']);
    check('a\r\n\tb', ['"a" 0-1', '"\\r\\n" 1-3', '"\\t" 3-4', '"b" 4-5']);
    check('a   the', ['"a" 0-1', '"  " 1-3', '" the" 3-7']);
    check(
      '\uD83D',
      [239, 191, 189].map((byte) => `"\uFFFD" 0-1 bytes ${byte}`),
    );
    // U+0085 is white space to the published tokenizers and U+FEFF is not, unlike JavaScript's \s.
    check('\u0085 the', ['"\uFFFD" 0-1 bytes 194', '"\uFFFD" 0-1 bytes 133', '" the" 1-5']);
    check(
      '\uFEFF',
      [239, 187, 191].map((byte) => `"\uFFFD" 0-1 bytes ${byte}`),
    );
  });

  it('ids of any text are those of its tokens, also of words that were met before', () => {
    const idsOf = (text: string): readonly number[] => tokenizer.encode(text).map(({ id }) => id);
    const piece = fc.constantFrom(
      ' the',
      'the',
      ' ',
      '  ',
      '\n',
      '\u0085',
      '\uFEFF',
      "'s",
      '12',
      '<|endoftext|>',
    );
    const text = fc.array(fc.oneof(piece, anyUnicode())).map((pieces) => pieces.join(''));
    fc.assert(fc.property(text, (input) => assert.deepEqual(tokenizer.ids(input), idsOf(input))));
  });

  it('ids of a text that is not split as GPT-2 does are those of its tokens', () => {
    const lower = createTokenizer({ 'tokenizer.json': tokenizerJson({ normalizer: { type: 'Lowercase' } }) });
    assert.deepEqual(
      lower.ids('the the'),
      tokenizer.encode('the the').map(({ id }) => id),
    );
    assert.throws(
      () => lower.ids('The'),
      (error) => isInterpError(error, 'tokenizer/malformed'),
    );
  });

  it('spells any text: decode(encode(text)) is the text, ranges cover it in order', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const tokens = tokenizer.encode(text);
        assert.equal(tokenizer.decode(tokens.map((token) => token.id)), wellFormed(text));
        let end = 0;
        for (const token of tokens) {
          assert.ok(token.start <= end && token.end >= end && token.start < token.end);
          if (!token.bytes) assert.equal(wellFormed(text.slice(token.start, token.end)), token.text);
          end = token.end;
        }
        assert.equal(end, text.length);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('reads the same tokens from tokenizer.json', () => {
    const whole = createTokenizer({ 'tokenizer.json': tokenizerJson() });
    fc.assert(
      fc.property(anyText(), (text) => assert.deepEqual(whole.encode(text), tokenizer.encode(text))),
      { numRuns: 300, seed: 2 },
    );
    assert.equal(whole.size, tokenizer.size);
    assert.equal(whole.bosId, tokenizer.bosId);
  });

  it('knows single tokens, sizes and ids without a token', () => {
    const mary = tokenizer.encode(' Mary')[0]?.id ?? -1;
    assert.equal(tokenizer.asSingleToken(' Mary'), mary);
    assert.equal(tokenizer.asSingleToken('Mary'), null);
    assert.equal(tokenizer.asSingleToken(''), null);
    assert.equal(tokenizer.text(mary), ' Mary');
    assert.equal(tokenizer.bosId, tokenizer.size - 1);
    assert.equal(tokenizer.text(tokenizer.size + 3), `<unused ${tokenizer.size + 3}>`);
    assert.equal(tokenizer.decode([mary, tokenizer.size + 3]), ' Mary');
    assert.deepEqual([...tokenizer.bytes(0x21 + 1)], [...new TextEncoder().encode(tokenizer.text(0x22))]);
  });

  it('tells a lower bound of the number of tokens', () => {
    fc.assert(
      fc.property(anyText(), (text) =>
        assert.ok(tokenizer.fewestTokens(text) <= tokenizer.encode(text).length),
      ),
      { numRuns: 300, seed: 7 },
    );
    assert.equal(tokenizer.fewestTokens(''), 0);
    assert.equal(tokenizer.fewestTokens('x'.repeat(1300)), 100);
  });

  it('wants a row of the embedding for every id, padding rows allowed', () => {
    checkVocabularySize(tokenizer, tokenizer.size);
    checkVocabularySize(tokenizer, tokenizer.size + 47);
    assert.throws(
      () => checkVocabularySize(tokenizer, tokenizer.size - 1),
      (error) => isInterpError(error, 'tokenizer/malformed') && error.message.includes('d_vocab'),
    );
  });

  describe('bad files', () => {
    const check = (name: string, bad: TokenizerFiles, code: ErrorCode, words: string): void => {
      it(name, () => {
        assert.throws(
          () => createTokenizer(bad),
          (error) => isInterpError(error, code) && error.message.includes(words),
        );
      });
    };
    const vocab = files['vocab.json'];
    const merges = files['merges.txt'];
    check('nothing', {}, 'tokenizer/missing', 'tokenizer.json');
    check('no merges', { 'vocab.json': vocab }, 'tokenizer/missing', 'merges.txt');
    check('no vocab', { 'merges.txt': merges }, 'tokenizer/missing', 'vocab.json');
    check('not JSON', { 'vocab.json': '{"a"', 'merges.txt': '' }, 'tokenizer/malformed', 'vocab.json');
    check(
      'a list',
      { 'vocab.json': '[]', 'merges.txt': '' },
      'tokenizer/malformed',
      'expected a JSON object',
    );
    check('empty', { 'vocab.json': '{}', 'merges.txt': '' }, 'tokenizer/malformed', 'empty');
    check(
      'id twice',
      { 'vocab.json': '{"a":0,"b":0}', 'merges.txt': '' },
      'tokenizer/malformed',
      'share id 0',
    );
    check('id wild', { 'vocab.json': '{"a":1e12}', 'merges.txt': '' }, 'tokenizer/malformed', 'has id');
    check('merge of three', { 'vocab.json': vocab, 'merges.txt': 'a b c' }, 'tokenizer/malformed', 'merge 1');
    check('json without model', { 'tokenizer.json': '{}' }, 'tokenizer/malformed', '"model"');
    check(
      'unigram',
      { 'tokenizer.json': '{"model":{"type":"Unigram"}}' },
      'tokenizer/malformed',
      'expected "BPE"',
    );
    check(
      'not byte level',
      { 'tokenizer.json': tokenizerJson({ pre_tokenizer: { type: 'Whitespace' } }) },
      'tokenizer/malformed',
      'ByteLevel',
    );
    check(
      'prefix space',
      { 'tokenizer.json': tokenizerJson({ pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }) },
      'tokenizer/malformed',
      'add_prefix_space',
    );
    check(
      'unknown normalizer',
      { 'tokenizer.json': tokenizerJson({ normalizer: { type: 'Nonsense' } }) },
      'tokenizer/malformed',
      'could not be built',
    );
  });

  it('says so when the tokens do not spell the text', () => {
    const lower = createTokenizer({ 'tokenizer.json': tokenizerJson({ normalizer: { type: 'Lowercase' } }) });
    assert.equal(lower.encode('the').length, 1);
    assert.throws(
      () => lower.encode('the T'),
      (error) =>
        isInterpError(error, 'tokenizer/malformed') && error.message.includes('offset 4 ("T", U+0054)'),
    );
    const bytes = JSON.parse(files['vocab.json']) as Record<string, number>;
    delete bytes['Q'];
    const holey = createTokenizer({ 'vocab.json': JSON.stringify(bytes), 'merges.txt': files['merges.txt'] });
    assert.throws(
      () => holey.encode('aQb'),
      (error) => isInterpError(error, 'tokenizer/malformed') && error.message.includes('offset 1'),
    );
  });

  it('takes BOS and more special tokens from tokenizer_config.json', () => {
    const config = { bos_token: { content: '<s>' }, added_tokens_decoder: { 400: { content: '<s>' } } };
    const made = createTokenizer({ ...files, 'tokenizer_config.json': JSON.stringify(config) });
    assert.equal(made.bosId, 400);
    assert.deepEqual(
      made.encode('<s>a<|endoftext|>').map((token) => token.text),
      ['<s>', 'a', '<|endoftext|>'],
    );
  });
});

function anyText(): fc.Arbitrary<string> {
  const pieces = fc.constantFrom(
    'the',
    ' Mary',
    '\r\n',
    '\t',
    '😀',
    'é',
    'e\u0301',
    '<|endoftext|>',
    '\uD83D',
    '  ',
  );
  return fc.array(fc.oneof(pieces, anyUnicode()), { maxLength: 8 }).map((parts) => parts.join(''));
}

function wellFormed(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

function tokenizerJson(changes: Readonly<Record<string, unknown>> = {}): string {
  const vocab = JSON.parse(files['vocab.json']) as Record<string, number>;
  const id = vocab['<|endoftext|>'];
  const merges = files['merges.txt'].split('\n').slice(1, -1);
  return JSON.stringify({
    added_tokens: [{ id, content: '<|endoftext|>', special: true }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    model: { type: 'BPE', vocab, merges },
    ...changes,
  });
}
