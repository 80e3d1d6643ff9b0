import assert from 'node:assert/strict';
import { engineEnvironment, type NetworkSettings } from '../../../../src/host/session/engineEnvironment.ts';

const NOTHING: NetworkSettings = {
  proxy: '',
  noProxy: [],
  proxySupport: 'override',
  strictSsl: true,
  systemCertificates: false,
};
/** Of the engine whatever the settings say. */
const AS_NODE = {
  MALLOC_MMAP_THRESHOLD_: '4194304',
  ELECTRON_RUN_AS_NODE: '1',
  ELECTRON_NO_ASAR: '1',
};

describe('environment of the engine', () => {
  const check = (
    settings: Partial<NetworkSettings>,
    expected: object,
    flags: readonly string[] = [],
  ): void => {
    const { env, execArgv } = engineEnvironment(
      { HF_TOKEN: 'x', https_proxy: 'http://old' },
      { ...NOTHING, ...settings },
      new Set(['--use-system-ca']),
    );
    assert.deepEqual(env, { HF_TOKEN: 'x', https_proxy: 'http://old', ...expected, ...AS_NODE });
    assert.deepEqual(execArgv, flags);
  };
  const proxies = (address: string): object => ({
    HTTP_PROXY: address,
    http_proxy: address,
    HTTPS_PROXY: address,
    https_proxy: address,
  });

  it('is the editor’s own where its settings say nothing', () => check({}, {}));
  it("has VS Code's proxy, over one of the environment, in either spelling", () =>
    check({ proxy: 'http://p:8080' }, proxies('http://p:8080')));
  it('leaves the proxy out when it is for VS Code alone', () =>
    check({ proxy: 'http://p:8080', proxySupport: 'off' }, {}));
  it('has the hosts that need no proxy', () =>
    check({ noProxy: ['a.b', '127.0.0.1'] }, { NO_PROXY: 'a.b,127.0.0.1', no_proxy: 'a.b,127.0.0.1' }));
  it('says when certificates of a proxy are not to be checked', () =>
    check({ strictSsl: false }, { UNDERGLASS_PROXY_STRICT_SSL: '0' }));
  it("trusts the system's certificates", () => check({ systemCertificates: true }, {}, ['--use-system-ca']));
  it('leaves an allocator that a person has set alone', () => {
    const { env } = engineEnvironment({ MALLOC_MMAP_THRESHOLD_: '1' }, NOTHING, new Set());
    assert.equal(env['MALLOC_MMAP_THRESHOLD_'], '1');
  });
  it('asks a Node for nothing that it does not know', () => {
    const { execArgv } = engineEnvironment({}, { ...NOTHING, systemCertificates: true }, new Set());
    assert.deepEqual(execArgv, []);
  });
});
