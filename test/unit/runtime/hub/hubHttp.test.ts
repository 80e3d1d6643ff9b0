import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { HubFailure } from '../../../../src/runtime/hub/failure.ts';
import { openHubHttp } from '../../../../src/runtime/hub/hubHttp.ts';
import { readHubSettings } from '../../../../src/runtime/hub/settings.ts';
import { withTestHub, type TestHub } from '../../../support/openTestHub.ts';
import { testClock } from '../../../support/testClock.ts';

const signal = new AbortController().signal;
const FILES = { 'model.safetensors': 'weights', 'config.json': '{}' };

/** Reads a file's text through the redirects. */
async function read({ http, hosts }: TestHub, path: string): Promise<string> {
  const url = hosts.fileUrl('a/b', 'main', path);
  const reply = await http.ask(url, { method: 'GET', redirects: 'follow', signal });
  return reply.text(1000);
}

/** What each host saw of the token. */
function tokens({ server }: TestHub): [string, string | undefined][] {
  return server.requests.map(({ host, headers }) => [host, headers.authorization]);
}

describe('the token', () => {
  it('goes to the endpoint, and never to the host behind a redirect', () =>
    withTestHub(
      async (hub) => {
        hub.server.add('a/b', { gated: 'secret', files: FILES });
        assert.equal(await read(hub, 'model.safetensors'), 'weights');
        assert.deepEqual(tokens(hub), [
          ['hub', 'Bearer secret'],
          ['cdn', undefined],
        ]);
      },
      { HF_TOKEN: 'secret' },
    ));

  it('goes to no other host that is asked directly', () =>
    withTestHub(
      async (hub) => {
        hub.server.addBlob('/x.pt', Buffer.from('blob'));
        await hub.hosts.probe(`${hub.server.blobs}/x.pt`, signal);
        assert.deepEqual(tokens(hub), [['blobs', undefined]]);
      },
      { HF_TOKEN: 'secret' },
    ));

  it('is in no message of an error', () =>
    withTestHub(
      async (hub) => {
        hub.server.add('a/b', { gated: 'another', files: FILES });
        await assert.rejects(read(hub, 'config.json'), (error: unknown) => {
          assert.ok(error instanceof HubFailure);
          assert.equal(error.error.code, 'hub/gated');
          assert.ok(!JSON.stringify({ message: error.message, data: error.error.data }).includes('secret'));
          return true;
        });
      },
      { HF_TOKEN: 'secret' },
    ));
});

describe('redirects', () => {
  /** A server that redirects to what it is asked for, `/to?http://…`. */
  const withRedirector = async (use: (address: string) => Promise<void>): Promise<void> => {
    const server = createServer((message, response) => {
      const to = decodeURIComponent(message.url?.split('?')[1] ?? '');
      response.writeHead(302, { location: to }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  const refused = (title: string, to: (own: string) => string, words: string): void => {
    it(title, () =>
      withTestHub(({ http }) =>
        withRedirector(async (own) => {
          const url = `${own}/to?${encodeURIComponent(to(own))}`;
          const ask = http.ask(url, { method: 'GET', redirects: 'follow', signal });
          await assert.rejects(ask, (error: unknown) => {
            assert.ok(error instanceof HubFailure && error.message.includes(words), String(error));
            return true;
          });
        }),
      ),
    );
  };
  refused('in a circle end', (own) => `${own}/to?${encodeURIComponent(`${own}/to?%2Fto`)}`, 'redirects');
  refused('to a file are refused', () => 'file:///etc/passwd', 'not safe');
  refused('to nowhere are refused', () => '', 'redirects');
});

describe('proxies', () => {
  /** A proxy that tells whom it was asked to connect with. */
  const withProxy = async (use: (address: string, asked: string[]) => Promise<void>): Promise<void> => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (message: IncomingMessage, client, head: Buffer) => {
      asked.push(message.url ?? '');
      const [host = '', port = '80'] = (message.url ?? '').split(':');
      const other = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        other.write(head);
        other.pipe(client).pipe(other);
      });
      other.on('error', () => client.destroy());
      client.on('error', () => other.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      await use(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  };
  const check = (
    title: string,
    variables: (proxy: string) => Record<string, string>,
    expected: number,
  ): void => {
    it(title, () =>
      withTestHub(({ server, hosts }) =>
        withProxy(async (address, asked) => {
          server.add('a/b', { files: FILES });
          const settings = readHubSettings({ ...server.environment, ...variables(address) }, '/none');
          const http = openHubHttp({ settings, clock: testClock(), version: '1' });
          try {
            const url = hosts.fileUrl('a/b', 'main', 'config.json');
            const reply = await http.ask(url, { method: 'GET', redirects: 'follow', signal });
            assert.equal(await reply.text(10), '{}');
            assert.deepEqual(asked, expected === 0 ? [] : [new URL(server.endpoint).host]);
          } finally {
            await http.close();
          }
        }),
      ),
    );
  };
  check('HTTP_PROXY is used', (proxy) => ({ HTTP_PROXY: proxy }), 1);
  check('in lower case too', (proxy) => ({ http_proxy: proxy }), 1);
  check('but not for hosts of NO_PROXY', (proxy) => ({ HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' }), 0);
  check('nor where none is set', () => ({}), 0);
});
