import * as vscode from 'vscode';
import { shownIn } from '../../protocol/runState.ts';
import type { PromptSession } from '../session/session.ts';

/** The trace as the command line's `--json` prints it, without hooks. Non-finite numbers become null. */
export function traceJson(session: PromptSession): string | null {
  const view = shownIn(session.state);
  if (!view) return null;
  const { summary } = view;
  const tokens = summary.tokens.map(({ id, text, start, end, loss, probability, rank, entropy }) => ({
    id,
    text,
    start,
    end,
    loss,
    probability,
    rank,
    entropy,
  }));
  const next = summary.next.map(({ id, text, logit, probability }) => ({ id, text, logit, probability }));
  return JSON.stringify({ version: 1, model: summary.modelName, tokens, next }, null, 2);
}

export async function copyTrace(session: PromptSession | undefined): Promise<void> {
  const json = session && traceJson(session);
  if (!json) return void vscode.window.showInformationMessage('Nothing is traced yet.');
  await vscode.env.clipboard.writeText(json);
  vscode.window.setStatusBarMessage('Trace copied as JSON', 3000);
}

/** Writes the trace where the person chooses. */
export async function exportTrace(session: PromptSession): Promise<void> {
  const json = traceJson(session);
  if (!json) return;
  const name = session.uri.path.replace(/(\.prompt)?$/, '.trace.json');
  const target = await vscode.window.showSaveDialog({
    defaultUri: session.uri.with({ path: name }),
    filters: { JSON: ['json'] },
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(`${json}\n`));
}
