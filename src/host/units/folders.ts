import * as vscode from 'vscode';
import type { Folders } from '../../protocol/recordsContract.ts';

/** Folder of a workspace that holds explanations, ratings and pins as text. */
export const SHARED_FOLDER = '.underglass';

/** Computed things go to VS Code's global storage, shared ones into the first folder of a trusted workspace. */
export function foldersOf(storage: vscode.Uri): Folders {
  return { storage: storage.fsPath, workspace: sharedFolder()?.fsPath ?? null };
}

/** Null without a folder on this machine, or in an untrusted workspace: nothing is read from or written to one. */
export function sharedFolder(): vscode.Uri | null {
  const first = vscode.workspace.workspaceFolders?.[0];
  const isLocal = first?.uri.scheme === 'file' || first?.uri.scheme === 'vscode-remote';
  if (!first || !isLocal || !vscode.workspace.isTrusted) return null;
  return vscode.Uri.joinPath(first.uri, SHARED_FOLDER);
}
