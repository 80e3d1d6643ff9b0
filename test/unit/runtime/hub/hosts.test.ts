import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createHosts, remoteState } from '../../../../src/runtime/hub/hosts.ts';
import { openHubHttp } from '../../../../src/runtime/hub/hubHttp.ts';
import { readHubSettings } from '../../../../src/runtime/hub/settings.ts';
import { expectError } from '../../../support/expectError.ts';
import { gitSha1, sha256 } from '../../../support/hubServer.ts';
import { withTestHub } from '../../../support/openTestHub.ts';

const signal = new AbortController().signal;

describe('hosts', () => {
  it('tell a repository: its commit, its licence and every page of its files', () =>
    withTestHub(async ({ server, hosts }) => {
      const files = Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [`folder/${i} +:.json`, `{"i":${i}}`]),
      );
      server.add('a/b', { licence: 'mit', files: { ...files, 'x.safetensors': 'weights' } });
      const info = await hosts.repository('a/b', 'main', signal);
      assert.deepEqual(info, { repository: 'a/b', commit: server.commitOf('a/b'), licence: 'mit' });
      const listing = await hosts.files('a/b', info.commit, signal);
      assert.equal(listing.length, 13);
      const [first] = listing;
      const content = Buffer.from('{"i":0}');
      assert.deepEqual(first, {
        path: 'folder/0 +:.json',
        bytes: 7,
        sha256: null,
        gitSha1: gitSha1(content),
      });
      assert.equal(listing.at(-1)?.sha256, sha256(Buffer.from('weights')));
      const text = await hosts.text(hosts.fileUrl('a/b', info.commit, 'folder/3 +:.json'), signal);
      assert.equal(text, '{"i":3}');
    }));

  it('are probed without following to the host that keeps the file', () =>
    withTestHub(async ({ server, hosts }) => {
      const weights = Buffer.from('weights');
      server.add('a/b', { files: { 'x.safetensors': weights, 'c.json': '{}' } });
      const large = await hosts.probe(hosts.fileUrl('a/b', 'main', 'x.safetensors'), signal);
      const hex = sha256(weights);
      assert.deepEqual(large, { etag: hex, bytes: 7, digest: { kind: 'sha256', hex } });
      const small = await hosts.probe(hosts.fileUrl('a/b', 'main', 'c.json'), signal);
      assert.deepEqual(small.digest, { kind: 'git', hex: gitSha1(Buffer.from('{}')) });
      assert.deepEqual([...new Set(server.requests.map(({ host }) => host))], ['hub']);
      server.addBlob('/8.pt', weights);
      const blob = await hosts.probe(`${server.blobs}/8.pt`, signal);
      const md5 = createHash('md5').update(weights).digest('hex');
      assert.deepEqual([blob.bytes, blob.digest], [7, { kind: 'md5', hex: md5 }]);
    }));

  const strange = (title: string, answer: string): void => {
    it(`that answer ${title} are told`, () =>
      withTestHub(async ({ server, policy, clock }) => {
        server.addBlob('/api/models/a/b/revision/main', Buffer.from(answer));
        const settings = readHubSettings({ HF_ENDPOINT: server.blobs }, '/none');
        const http = openHubHttp({ settings, clock, version: '1' });
        const hosts = createHosts({ http, settings, policy });
        await expectError(() => hosts.repository('a/b', 'main', signal), 'hub/bad-reply', '127.0.0.1');
        await http.close();
      }));
  };
  strange('the page of a login', '<html>Please log in</html>');
  strange('without a commit', '{"id":"a/b"}');
  strange('a list', '[]');
  strange('a commit that is none', '{"sha":"../../x"}');

  it('are not asked when offline', () =>
    withTestHub(
      async ({ server, hosts }) => {
        await expectError(() => hosts.repository('a/b', 'main', signal), 'hub/offline', 'HF_HUB_OFFLINE');
        await expectError(() => hosts.probe(`${server.blobs}/x`, signal), 'hub/offline');
        assert.deepEqual(server.requests, []);
      },
      { HF_HUB_OFFLINE: '1' },
    ));

  it('that do not answer are told by name after several tries', () =>
    withTestHub(
      async ({ hosts, clock }) => {
        await expectError(
          () => hosts.repository('a/b', 'main', signal),
          'hub/unreachable',
          '127.0.0.1:9',
          'tried 6 times',
        );
        assert.deepEqual(clock.slept, [500, 1000, 2000, 4000, 8000]);
      },
      { HF_ENDPOINT: 'http://127.0.0.1:9' },
    ));

  it('a part of a blob has its own Content-MD5, which is not the whole one', () => {
    const md5 = Buffer.alloc(16, 1).toString('base64');
    const headers = { etag: '"0x8D"', 'content-md5': md5, 'content-range': 'bytes 5-9/10' };
    assert.deepEqual(remoteState({ status: 206, headers, origin: headers }), {
      etag: '0x8D',
      bytes: 10,
      digest: null,
    });
    const azure = { ...headers, 'x-ms-blob-content-md5': md5 };
    assert.equal(remoteState({ status: 206, headers: azure, origin: azure }).digest?.kind, 'md5');
  });
});
