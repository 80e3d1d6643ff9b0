import * as vscode from 'vscode';
import type { InterpError } from '../../core/errors.ts';
import { COMMANDS } from '../contributions.ts';

const ADD = 'Add…';

/** What something names and is not here: text that adds it, '' where it can only be chosen; null = no such failure. */
export function absentName({ code, data }: Pick<InterpError, 'code' | 'data'>): string | null {
  if (code !== 'model/not-found' && code !== 'sae/not-found') return null;
  return typeof data['add'] === 'string' ? data['add'] : '';
}

/** A notification that offers to add what is not here. */
export async function offerToAdd(error: InterpError): Promise<void> {
  const name = absentName(error);
  if (name === null) return;
  const answer = await vscode.window.showErrorMessage(`${error.message} ${error.next}`, ADD);
  if (answer === ADD) await addAbsent(error);
}

/** Looks up what an error says is not here, or asks what to add. */
export async function addAbsent(error: Pick<InterpError, 'code' | 'data'>): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS.add, absentName(error) || undefined);
}
