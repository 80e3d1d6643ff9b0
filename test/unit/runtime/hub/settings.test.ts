import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readHubSettings } from '../../../../src/runtime/hub/settings.ts';
import { expectError } from '../../../support/expectError.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

const HOME = join('/', 'home', 'ann');

describe('settings of hosts', () => {
  const cache = (title: string, environment: Record<string, string>, expected: string): void => {
    it(`cache: ${title}`, () => assert.equal(readHubSettings(environment, HOME).cacheFolder, expected));
  };
  cache('by default', {}, join(HOME, '.cache', 'huggingface', 'hub'));
  cache('XDG_CACHE_HOME', { XDG_CACHE_HOME: '/c' }, join('/c', 'huggingface', 'hub'));
  cache('HF_HOME', { HF_HOME: '/h', XDG_CACHE_HOME: '/c' }, join('/h', 'hub'));
  cache('HUGGINGFACE_HUB_CACHE', { HUGGINGFACE_HUB_CACHE: '/old', HF_HOME: '/h' }, '/old');
  cache('HF_HUB_CACHE first', { HF_HUB_CACHE: '/new', HUGGINGFACE_HUB_CACHE: '/old' }, '/new');
  cache(
    'an empty variable is none',
    { HF_HUB_CACHE: '', HF_HOME: '' },
    join(HOME, '.cache', 'huggingface', 'hub'),
  );

  const offline = (environment: Record<string, string>, expected: boolean): void => {
    it(`offline: ${JSON.stringify(environment)}`, () =>
      assert.equal(readHubSettings(environment, HOME).isOffline, expected));
  };
  offline({}, false);
  offline({ HF_HUB_OFFLINE: '1' }, true);
  offline({ HF_HUB_OFFLINE: 'True' }, true);
  offline({ HF_HUB_OFFLINE: '0' }, false);
  offline({ TRANSFORMERS_OFFLINE: '1' }, true);

  it('endpoint: a mirror, without its last slash', () => {
    assert.equal(readHubSettings({}, HOME).endpoint, 'https://huggingface.co');
    assert.equal(readHubSettings({ HF_ENDPOINT: 'https://m.test/hf/' }, HOME).endpoint, 'https://m.test/hf');
  });

  it('endpoint: no address, or one with a password, is refused without being quoted', async () => {
    await expectError(
      () => readHubSettings({ HF_ENDPOINT: 'ftp://x' }, HOME),
      'hub/bad-reply',
      'HF_ENDPOINT',
    );
    const error = await expectError(
      () => readHubSettings({ HF_ENDPOINT: 'https://me:secret@x' }, HOME),
      'hub/bad-reply',
    );
    assert.ok(!error.message.includes('secret'));
  });

  it('token: HF_TOKEN, else the file of the login, else none', () =>
    withTemporaryFolder(async (home) => {
      const token = (environment: Record<string, string>): Promise<string | null> =>
        readHubSettings(environment, home).token();
      assert.equal(await token({}), null);
      const folder = join(home, '.cache', 'huggingface');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'token'), 'from-file\n');
      assert.equal(await token({}), 'from-file');
      assert.equal(await token({ HF_TOKEN: ' given ' }), 'given');
      assert.equal(await token({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }), null);
      assert.equal(await token({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', HF_TOKEN: 'given' }), 'given');
      await writeFile(join(home, 'other'), 'elsewhere');
      assert.equal(await token({ HF_TOKEN_PATH: join(home, 'other') }), 'elsewhere');
    }));
});
