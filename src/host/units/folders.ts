import path from 'node:path';
import * as vscode from 'vscode';
import type { Folders } from '../../protocol/recordsContract.ts';
import { resolveLocal } from '../session/modelChoice.ts';
import { setting } from '../settings.ts';

/** Folder of a workspace that holds explanations, ratings and pins as text. */
export const SHARED_FOLDER = '.underglass';

/**
 * Models, indexes and caches go where the command line has them, unless the setting names a folder; what is shared,
 * into the first folder of a trusted workspace.
 */
export function foldersOf(): Folders {
  const chosen = setting('storageFolder');
  const isPlace = path.isAbsolute(chosen) || chosen.startsWith('~/');
  return {
    storage: isPlace ? resolveLocal(chosen, null) : null,
    workspace: sharedFolder()?.fsPath ?? null,
  };
}

/** A file name beside which exports of units are proposed: in the shared folder, else the workspace. */
export function besideShared(): vscode.Uri {
  const folder = sharedFolder() ?? vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/');
  return vscode.Uri.joinPath(folder, 'x');
}

/** Null without a folder on this machine, or in an untrusted workspace: nothing is read from or written to one. */
export function sharedFolder(): vscode.Uri | null {
  const first = vscode.workspace.workspaceFolders?.[0];
  const isLocal = first?.uri.scheme === 'file' || first?.uri.scheme === 'vscode-remote';
  if (!first || !isLocal || !vscode.workspace.isTrusted) return null;
  return vscode.Uri.joinPath(first.uri, SHARED_FOLDER);
}
