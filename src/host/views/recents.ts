import * as vscode from 'vscode';
import type { Sessions } from '../session/session.ts';

const KEY = 'underglass.recentTraces';
const MOST = 12;

/** Documents traced last in this workspace, newest first. Addresses only, never texts or numbers. */
export interface Recents extends vscode.Disposable {
  readonly uris: readonly vscode.Uri[];
  readonly onDidChange: vscode.Event<void>;
}

export function createRecents(memento: vscode.Memento, sessions: Sessions): Recents {
  const changed = new vscode.EventEmitter<void>();
  const read = (): readonly string[] => {
    const stored = memento.get<unknown>(KEY);
    return Array.isArray(stored) ? stored.filter((uri) => typeof uri === 'string') : [];
  };
  const add = (uri: vscode.Uri): void => {
    const id = uri.toString();
    const before = read();
    if (before[0] === id) return;
    const after = [id, ...before.filter((other) => other !== id)].slice(0, MOST);
    void memento.update(KEY, after).then(() => changed.fire());
  };
  const listening = sessions.onDidChange(({ uri, state }) => {
    // Untitled texts are gone with their window.
    if (state.state === 'ready' && uri.scheme !== 'untitled') add(uri);
  });
  return {
    get uris() {
      return read().map((uri) => vscode.Uri.parse(uri));
    },
    onDidChange: changed.event,
    dispose: () => {
      listening.dispose();
      changed.dispose();
    },
  };
}
