import * as vscode from 'vscode';

/** Keys of language-model servers, in VS Code's secret storage alone; one for each server, so that none is told to another. */
export interface Keys {
  /** Null: none is stored for this server. */
  get(baseUrl: string): Promise<string | null>;
  /** An empty key is forgotten. */
  set(baseUrl: string, key: string): Promise<void>;
  readonly onDidChange: vscode.Event<void>;
}

export function createKeys(secrets: vscode.SecretStorage): Keys & vscode.Disposable {
  const emitter = new vscode.EventEmitter<void>();
  const listening = secrets.onDidChange(() => emitter.fire());
  return {
    get: async (baseUrl) => (await secrets.get(nameOf(baseUrl))) ?? null,
    set: async (baseUrl, key) => {
      if (key === '') await secrets.delete(nameOf(baseUrl));
      else await secrets.store(nameOf(baseUrl), key);
    },
    onDidChange: emitter.event,
    dispose: () => vscode.Disposable.from(listening, emitter).dispose(),
  };
}

function nameOf(baseUrl: string): string {
  const server = URL.canParse(baseUrl) ? new URL(baseUrl).origin : baseUrl;
  return `underglass.language.key:${server}`;
}
