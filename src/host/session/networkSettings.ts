import * as vscode from 'vscode';
import type { NetworkSettings } from './engineEnvironment.ts';

const SECTION = 'http';

/** VS Code's network settings as the person (or the machine) has them: what a workspace says of them is passed over. */
export function networkSettings(): NetworkSettings {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const read = <T extends string | boolean>(key: string, fallback: T): T => {
    const { globalValue, defaultValue } = settings.inspect<unknown>(key) ?? {};
    const value = globalValue ?? defaultValue;
    return typeof value === typeof fallback ? (value as T) : fallback;
  };
  const noProxy: unknown = settings.inspect('noProxy')?.globalValue;
  return {
    proxy: read('proxy', ''),
    noProxy: Array.isArray(noProxy) ? noProxy.filter((host) => typeof host === 'string') : [],
    proxySupport: read('proxySupport', 'override'),
    strictSsl: read('proxyStrictSSL', true),
    systemCertificates: read('systemCertificates', true),
  };
}

export function onDidChangeNetwork(listener: () => void): vscode.Disposable {
  const keys = ['proxy', 'noProxy', 'proxySupport', 'proxyStrictSSL', 'systemCertificates'];
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (keys.some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) listener();
  });
}
