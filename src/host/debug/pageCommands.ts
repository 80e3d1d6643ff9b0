import * as vscode from 'vscode';
import { parseUnit } from '../../core/model/units.ts';
import type { DebugCommand } from '../../protocol/debugViewContract.ts';
import { COMMANDS } from '../contributions.ts';
import { lastDebugView, type DebugSession } from './debugSession.ts';

export interface PageCommandContext {
  readonly log: vscode.LogOutputChannel;
}

/** What the buttons of a debug page do. */
export async function runDebugCommand(
  command: DebugCommand,
  session: DebugSession,
  { log }: PageCommandContext,
): Promise<null> {
  const table: Record<DebugCommand, () => unknown> = {
    run: () => session.run(),
    cancel: () => session.cancel(),
    openLog: () => log.show(),
    openSettings: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', '@ext:underglass.underglass'),
    openExample: () => vscode.commands.executeCommand(COMMANDS.openExample),
    openTrace: () => vscode.commands.executeCommand(COMMANDS.trace, session.uri),
  };
  await table[command]();
  return null;
}

/** Shows a unit in the trace panel of the same prompt. @throws unit/unknown */
export async function openUnit(uri: vscode.Uri, unit: string, position: number): Promise<null> {
  await vscode.commands.executeCommand(COMMANDS.showUnit, uri.toString(), position, parseUnit(unit));
  return null;
}

/** Selects a token's text in its editor, without taking the focus from the panel. */
export async function reveal(session: DebugSession, position: number): Promise<null> {
  const token = lastDebugView(session.state)?.summary.left.tokens[position];
  const visible = vscode.window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === session.uri.toString(),
  );
  if (!token || !visible) return null;
  const { document } = visible;
  const range = new vscode.Range(
    document.positionAt(session.textStart + token.start),
    document.positionAt(session.textStart + token.end),
  );
  visible.selection = new vscode.Selection(range.start, range.end);
  visible.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return null;
}

/** Writes a text where the person chooses; `name` is proposed, beside the prompt. */
export async function exportText(uri: vscode.Uri, name: string, content: string): Promise<null> {
  const fileName = name.replaceAll(/[^\w.-]+/g, '-');
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(uri, '..', fileName),
  });
  if (target) await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(content));
  return null;
}
