import assert from 'node:assert/strict';
import { expectError } from '../../support/expectError.ts';
import { readLanguageAccess, type LanguageFlags } from '../../../src/cli/languageAccess.ts';

type Environment = Parameters<typeof readLanguageAccess>[1];

describe('language model of a command line', () => {
  const check = (
    name: string,
    flags: LanguageFlags,
    environment: Environment,
    expected: readonly [model: string, baseUrl: string, key: string | null] | null,
  ): void => {
    it(name, () => {
      const access = readLanguageAccess(flags, environment);
      const found = access?.kind === 'openai' ? [access.model, access.baseUrl, access.key] : access;
      assert.deepEqual(found, expected);
    });
  };
  const OPENAI = 'https://api.openai.com/v1';
  const LOCAL = 'http://127.0.0.1:11434/v1';
  const OTHER = 'https://models.example.org/v1';
  const KEYS = { OPENAI_API_KEY: 'o', UNDERGLASS_API_KEY: 'u' };

  check('is none without flags and environment', {}, {}, null);
  check('is none with keys alone', {}, KEYS, null);
  check(
    'is none with a base URL in the environment alone',
    {},
    { ...KEYS, UNDERGLASS_BASE_URL: OPENAI },
    null,
  );
  check('is none with empty variables', {}, { UNDERGLASS_LANGUAGE_MODEL: '', UNDERGLASS_BASE_URL: '' }, null);
  check('comes from flags', { language: 'm', 'base-url': LOCAL }, {}, ['m', LOCAL, null]);
  check(
    'comes from the environment',
    {},
    { UNDERGLASS_LANGUAGE_MODEL: 'm', UNDERGLASS_BASE_URL: OTHER, UNDERGLASS_API_KEY: 'u' },
    ['m', OTHER, 'u'],
  );
  check(
    'flags come before the environment',
    { language: 'm', 'base-url': LOCAL },
    { UNDERGLASS_LANGUAGE_MODEL: 'n', UNDERGLASS_BASE_URL: OTHER },
    ['m', LOCAL, null],
  );
  check('our own key comes first', { language: 'm', 'base-url': OPENAI }, KEYS, ['m', OPENAI, 'u']);
  const openAiKey = { OPENAI_API_KEY: 'o', UNDERGLASS_API_KEY: '' };
  const azure = 'https://me.openai.azure.com/openai/v1';
  check("OpenAI's key goes to OpenAI", { language: 'm', 'base-url': OPENAI }, openAiKey, ['m', OPENAI, 'o']);
  check("OpenAI's key goes to Azure", { language: 'm', 'base-url': azure }, openAiKey, ['m', azure, 'o']);
  check("OpenAI's key goes to this machine", { language: 'm', 'base-url': LOCAL }, openAiKey, [
    'm',
    LOCAL,
    'o',
  ]);
  check("OpenAI's key goes to nobody else", { language: 'm', 'base-url': OTHER }, openAiKey, [
    'm',
    OTHER,
    null,
  ]);
  const alike = 'https://api.openai.com.example.org/v1';
  check('nor to a name that looks alike', { language: 'm', 'base-url': alike }, openAiKey, [
    'm',
    alike,
    null,
  ]);

  it('runs four requests at once unless told otherwise', () => {
    const access = (flags: LanguageFlags) =>
      readLanguageAccess({ language: 'm', 'base-url': LOCAL, ...flags }, {});
    const atOnce = (flags: LanguageFlags): unknown =>
      Object.entries(access(flags) ?? {}).find(([name]) => name === 'concurrency')?.[1];
    assert.deepEqual([atOnce({}), atOnce({ 'requests-at-once': '9' })], [4, 9]);
  });

  it('wants a base URL with a model', async () => {
    const run = (): unknown => readLanguageAccess({ language: 'm' }, KEYS);
    await expectError(run, 'language/not-configured', '"m"', '--base-url');
  });

  it('wants a model with its other flags', async () => {
    await expectError(() => readLanguageAccess({ 'base-url': LOCAL }, {}), 'cli/usage', '--base-url');
    await expectError(
      () => readLanguageAccess({ 'requests-at-once': '2' }, {}),
      'cli/usage',
      '--requests-at-once',
    );
    await expectError(() => readLanguageAccess({ language: '', 'base-url': LOCAL }, {}), 'cli/usage');
  });

  it('refuses what is no base URL, and a key in it', async () => {
    const run = (url: string): unknown => readLanguageAccess({ language: 'm', 'base-url': url }, {});
    await expectError(() => run('localhost'), 'language/not-configured');
    await expectError(() => run('https://a:b@host/v1'), 'language/not-configured');
  });
});
