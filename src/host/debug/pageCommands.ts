import * as vscode from 'vscode';
import { parseUnit } from '../../core/model/units.ts';
import type { DebugCommand } from '../../protocol/debugViewContract.ts';
import { COMMANDS } from '../contributions.ts';
import type { PageContext } from '../panels/panel.ts';
import type { DebugSession } from './debugSession.ts';

/** What the buttons of a debug page do. */
export async function runDebugCommand(
  command: DebugCommand,
  session: DebugSession,
  { log }: Pick<PageContext, 'log'>,
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
