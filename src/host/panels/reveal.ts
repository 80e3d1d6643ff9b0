import * as vscode from 'vscode';

/** Selects a piece of a visible document, without taking the focus from the panel. `start` is its offset there. */
export function revealToken(
  uri: vscode.Uri,
  token: { readonly start: number; readonly end: number } | undefined,
  textStart: number,
): null {
  const visible = vscode.window.visibleTextEditors.find(
    ({ document }) => document.uri.toString() === uri.toString(),
  );
  if (!token || !visible) return null;
  const { document } = visible;
  const range = new vscode.Range(
    document.positionAt(textStart + token.start),
    document.positionAt(textStart + token.end),
  );
  visible.selection = new vscode.Selection(range.start, range.end);
  visible.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return null;
}
