import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { TracePanels } from '../panels/tracePanels.ts';
import type { OffsetRange } from '../session/offsetRange.ts';
import type { PromptSession, Sessions } from '../session/session.ts';

/** Larger files are no prompts, and reading them would stall the editor. */
const MAX_FILE_BYTES = 5 * 2 ** 20;

/**
 * Traces a file and shows its panel. `target` is what the explorer or a link gives; without one the active editor.
 * A selection that is not empty is traced alone when the command comes from its editor.
 */
export async function traceDocument(
  target: unknown,
  context: { readonly sessions: Sessions; readonly panels: TracePanels },
): Promise<PromptSession> {
  const document = await documentOf(target);
  const editor = vscode.window.activeTextEditor;
  const inEditor = editor?.document.uri.toString() === document.uri.toString();
  const session = context.sessions.open(document, inEditor ? selectedRange(editor) : null);
  context.panels.show(session);
  return session;
}

/**
 * The document that a command is for: what the explorer or a link gives, else the active editor's.
 * @throws file/none-open, file/not-found, file/unreadable, file/binary
 */
export async function documentOf(target: unknown): Promise<vscode.TextDocument> {
  const uri = uriOf(target) ?? vscode.window.activeTextEditor?.document.uri;
  if (!uri) throw new InterpError('file/none-open', 'No file is open.');
  await assertTraceable(uri);
  return openText(uri);
}

function uriOf(target: unknown): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  return typeof target === 'string' ? vscode.Uri.parse(target, true) : undefined;
}

function selectedRange({ selection, document }: vscode.TextEditor): OffsetRange | null {
  if (selection.isEmpty) return null;
  return { start: document.offsetAt(selection.start), end: document.offsetAt(selection.end) };
}

async function assertTraceable(uri: vscode.Uri): Promise<void> {
  if (uri.scheme === 'untitled') return;
  const stat = await vscode.workspace.fs.stat(uri).then(
    (found) => found,
    () => null,
  );
  if (stat === null)
    throw new InterpError('file/not-found', `${uri.fsPath} does not exist.`, { data: { file: uri.fsPath } });
  if (stat.type & vscode.FileType.Directory)
    throw new InterpError('file/unreadable', `${uri.fsPath} is a folder.`);
  if (stat.size > MAX_FILE_BYTES) {
    throw new InterpError(
      'file/unreadable',
      `${uri.fsPath} has ${stat.size} bytes; files up to ${MAX_FILE_BYTES} are traced.`,
    );
  }
}

/** @throws file/binary: VS Code opens no binary file as text */
async function openText(uri: vscode.Uri): Promise<vscode.TextDocument> {
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    if (document.getText().includes('\0')) throw new Error('it holds NUL bytes');
    return document;
  } catch (error) {
    throw new InterpError('file/binary', `${uri.fsPath} cannot be read as text.`, {
      data: { file: uri.fsPath },
      cause: error,
    });
  }
}
