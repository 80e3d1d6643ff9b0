import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '../contributions.ts';
import type { Sessions } from '../session/session.ts';

/** Keeps the context key that offers commands for the active editor's trace. */
export function registerTracedContext(sessions: Sessions): vscode.Disposable {
  let current: boolean | null = null;
  const update = (): void => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const traced = uri !== undefined && sessions.get(uri) !== undefined;
    if (traced === current) return;
    current = traced;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.traced, traced);
  };
  update();
  return vscode.Disposable.from(
    sessions.onDidChange(update),
    vscode.window.onDidChangeActiveTextEditor(update),
  );
}
