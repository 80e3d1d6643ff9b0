import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import { readBaseUrl } from '../../../../src/runtime/language/baseUrl.ts';

describe('base URL', () => {
  const check = (text: string, expected: Partial<ReturnType<typeof readBaseUrl>>): void => {
    it(text, () => {
      const base = readBaseUrl(text);
      const found = Object.fromEntries(
        Object.keys(expected).map((name) => [name, base[name as keyof typeof base]]),
      );
      assert.deepEqual(found, expected);
    });
  };
  check('https://api.openai.com/v1', {
    url: 'https://api.openai.com/v1',
    isAzure: false,
    isLocal: false,
    isEncrypted: true,
  });
  check('https://api.openai.com/v1//', { url: 'https://api.openai.com/v1' });
  check('http://127.0.0.1:11434/v1/', {
    url: 'http://127.0.0.1:11434/v1',
    isLocal: true,
    isEncrypted: false,
  });
  check('http://localhost:8000', { url: 'http://localhost:8000', host: 'localhost:8000', isLocal: true });
  check('http://[::1]:8080/v1', { isLocal: true });
  check('http://10.0.0.5/v1', { isLocal: false });
  check('http://localhost.example.org/v1', { isLocal: false });
  check('https://me.openai.azure.com/openai/deployments/d?api-version=2026-01-01', {
    url: 'https://me.openai.azure.com/openai/deployments/d',
    query: { 'api-version': '2026-01-01' },
    isAzure: true,
  });
  check('https://openai.azure.com.example.org/v1', { isAzure: false });

  const checkRefused = (text: string, word: string): void => {
    it(`refuses ${text.slice(0, 12)}… without quoting it`, async () => {
      const error = await expectError(() => readBaseUrl(text), 'language/not-configured', word);
      assert.ok(!error.message.includes('hidden'));
    });
  };
  checkRefused('', 'not an http or https URL');
  checkRefused('hidden', 'not an http or https URL');
  checkRefused('file:///etc/hidden', 'not an http or https URL');
  checkRefused('ftp://host/hidden', 'not an http or https URL');
  checkRefused('https://user:hidden@host/v1', 'user name or a password');
  checkRefused('https://hidden@host/v1', 'user name or a password');
  checkRefused('https://host/v1?key=hidden', 'no query but api-version');
  checkRefused('https://host/v1#hidden', 'no query but api-version');
});
