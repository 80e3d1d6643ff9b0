import * as vscode from 'vscode';

/** Shows the examples that ship with the extension; the chosen one opens as a copy that can be edited freely. */
export async function openExample(extensionUri: vscode.Uri): Promise<vscode.Uri | undefined> {
  const folder = vscode.Uri.joinPath(extensionUri, 'examples');
  const files = (await vscode.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith('.prompt'));
  const items = await Promise.all(files.toSorted().map((name) => describe(folder, name)));
  const picked = await vscode.window.showQuickPick(items, { title: 'Examples', matchOnDetail: true });
  if (!picked) return undefined;
  const uri = vscode.Uri.joinPath(folder, picked.file);
  await vscode.window.showTextDocument(uri, { preview: false });
  return uri;
}

async function describe(folder: vscode.Uri, file: string): Promise<vscode.QuickPickItem & { file: string }> {
  const text = new TextDecoder().decode(
    await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, file)),
  );
  const comment = /^# (.+)$/m.exec(text)?.[1] ?? '';
  return { label: file.replace(/\.prompt$/, ''), detail: comment, file };
}
