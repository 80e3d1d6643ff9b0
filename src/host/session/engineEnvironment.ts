import { ALLOCATOR_VARIABLES } from '../../core/speed.ts';

/** What VS Code's own settings say of the network; a workspace's values are never among them. */
export interface NetworkSettings {
  /** http.proxy */
  readonly proxy: string;
  /** http.noProxy */
  readonly noProxy: readonly string[];
  /** http.proxySupport: `off` = the proxy is for VS Code alone. */
  readonly proxySupport: string;
  /** http.proxyStrictSSL */
  readonly strictSsl: boolean;
  /** http.systemCertificates */
  readonly systemCertificates: boolean;
}

export interface EngineEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
}

const SYSTEM_CA = '--use-system-ca';

/**
 * Environment of the engine process: the editor's own, with what its settings say of proxy and certificates, so that
 * downloads reach the hosts as VS Code does. HF_* variables and NODE_EXTRA_CA_CERTS pass as they are.
 * @param allowed options that this Node takes; one that it does not know would end it at once
 */
export function engineEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  settings: NetworkSettings,
  allowed: ReadonlySet<string>,
): EngineEnvironment {
  const usesProxy = settings.proxy !== '' && settings.proxySupport !== 'off';
  const proxy = usesProxy ? both('HTTP_PROXY', settings.proxy, both('HTTPS_PROXY', settings.proxy)) : {};
  const noProxy = settings.noProxy.length === 0 ? {} : both('NO_PROXY', settings.noProxy.join(','));
  const usesSystem = settings.systemCertificates && allowed.has(SYSTEM_CA);
  return {
    env: {
      ...ALLOCATOR_VARIABLES,
      ...environment,
      ...proxy,
      ...noProxy,
      ...(settings.strictSsl ? {} : { UNDERGLASS_PROXY_STRICT_SSL: '0' }),
      ELECTRON_RUN_AS_NODE: '1',
      ELECTRON_NO_ASAR: '1',
    },
    execArgv: usesSystem ? [SYSTEM_CA] : [],
  };
}

/** Tools look at either spelling, at the lower one first. */
function both(
  name: string,
  value: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { ...more, [name]: value, [name.toLowerCase()]: value };
}
