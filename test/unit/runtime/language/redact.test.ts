import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redactor, replyRedactor } from '../../../../src/runtime/language/redact.ts';

describe('redacting', () => {
  const key = 'kä/y+"secret"';
  const check = (name: string, text: string, expected: string): void => {
    it(name, () => assert.equal(redactor(key)(text), expected));
  };
  check('the key', `Wrong key ${key}.`, 'Wrong key [key].');
  check('the key twice', `${key}${key}`, '[key][key]');
  check('the key in a URL', `https://h/?k=${encodeURIComponent(key)}&a=1`, 'https://h/?k=[key]&a=1');
  check('the key in JSON', JSON.stringify({ key }), '{"key":"[key]"}');
  check('the key in base64', `Basic ${Buffer.from(key).toString('base64')}`, 'Basic [key]');
  check('a header', 'Authorization: Bearer abc.def-123, next', 'Authorization: [key], next');
  check('another header', "api-key: 'abc123' x", "api-key: '[key]' x");
  check('a key of the common form, with stars', 'provided: sk-ab12****9xyz. See', 'provided: [key] See');
  check('nothing else', 'The model "ask-me" does not exist.', 'The model "ask-me" does not exist.');

  it('leaves no key in any text', () => {
    const keys = fc.string({ minLength: 12, maxLength: 30 });
    fc.assert(
      fc.property(keys, fc.string(), fc.string(), (secret, before, after) => {
        const redacted = redactor(secret)(`${before}${secret}${after}`);
        return !redacted.includes(secret);
      }),
      { seed: 7 },
    );
  });

  it('takes from replies a key that cannot be a word, and nothing else', () => {
    assert.equal(replyRedactor('long-secret-key')('a long-secret-key and Bearer x'), 'a [key] and Bearer x');
    assert.equal(replyRedactor('cat')('a cat'), 'a cat');
    assert.equal(replyRedactor(null)('a cat'), 'a cat');
  });
});
