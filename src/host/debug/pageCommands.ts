import * as vscode from 'vscode';
import type { DebugCommand } from '../../protocol/debugViewContract.ts';
import { shownIn } from '../../protocol/runState.ts';
import { COMMANDS } from '../contributions.ts';
import { addAbsent } from '../hub/absent.ts';
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
    addAbsent: () => session.state.state === 'error' && addAbsent(session.state.error),
    openTrace: () => vscode.commands.executeCommand(COMMANDS.trace, session.uri),
  };
  await table[command]();
  return null;
}

/** Opens the page of a unit of the session's model. */
export async function openUnit(session: DebugSession, unit: string): Promise<null> {
  const model = shownIn(session.state)?.model.directory ?? null;
  await vscode.commands.executeCommand(COMMANDS.openUnit, unit, model);
  return null;
}
