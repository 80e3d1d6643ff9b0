import * as vscode from 'vscode';
import { COMMANDS, LANGUAGE_ID } from '../contributions.ts';
import { PromptDiagnostic } from './diagnostics.ts';
import { rangeOf } from './ranges.ts';

/** Quick fixes of prompt problems, each one WorkspaceEdit and so one step of undo. */
export function registerCodeActions(): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: (document, _range, { diagnostics }) =>
      diagnostics.flatMap((diagnostic) => fixAction(document, diagnostic) ?? []),
  };
  const metadata = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
  return vscode.languages.registerCodeActionsProvider({ language: LANGUAGE_ID }, provider, metadata);
}

function fixAction(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction | null {
  if (!(diagnostic instanceof PromptDiagnostic) || diagnostic.version !== document.version) return null;
  const { fix, absent } = diagnostic;
  if (absent !== null) return addAction(diagnostic, absent);
  if (!fix) return null;
  const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  for (const edit of fix.edits) action.edit.replace(document.uri, rangeOf(document, edit), edit.newText);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  return action;
}

/** Adds what the front matter names and is not installed. */
function addAction(diagnostic: vscode.Diagnostic, name: string): vscode.CodeAction {
  const title = name === '' ? 'Add a model or SAE…' : `Add ${name}…`;
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { title, command: COMMANDS.add, arguments: name === '' ? [] : [name] };
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  return action;
}
