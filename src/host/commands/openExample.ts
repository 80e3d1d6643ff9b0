import * as vscode from 'vscode';

export interface ExamplePlaces {
  readonly extensionUri: vscode.Uri;
  readonly globalStorageUri: vscode.Uri;
}

/** Shows the examples that ship with the extension; the chosen one opens as a copy that can be edited freely. */
export async function openExample(places: ExamplePlaces): Promise<vscode.Uri | undefined> {
  const folder = vscode.Uri.joinPath(places.extensionUri, 'examples');
  const files = (await vscode.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith('.prompt'));
  const items = await Promise.all(files.toSorted().map((name) => describe(folder, name)));
  const picked = await vscode.window.showQuickPick(items, { title: 'Examples', matchOnDetail: true });
  if (!picked) return undefined;
  const uri = await editableExample(picked.file, places);
  await vscode.window.showTextDocument(uri, { preview: false });
  return uri;
}

/**
 * Where an example can be edited: where it is, if the workspace holds it; else a copy, so that the extension stays as it was
 * installed. A copy that is there already is kept, with what was changed in it.
 */
export async function editableExample(
  file: string,
  { extensionUri, globalStorageUri }: ExamplePlaces,
): Promise<vscode.Uri> {
  const original = vscode.Uri.joinPath(extensionUri, 'examples', file);
  if (vscode.workspace.getWorkspaceFolder(original)) return original;
  const copy = vscode.Uri.joinPath(globalStorageUri, 'examples', file);
  if (await exists(copy)) return copy;
  await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(copy, '..'));
  await vscode.workspace.fs.writeFile(copy, await vscode.workspace.fs.readFile(original));
  return copy;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

async function describe(folder: vscode.Uri, file: string): Promise<vscode.QuickPickItem & { file: string }> {
  const text = new TextDecoder().decode(
    await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, file)),
  );
  const comment = /^# (.+)$/m.exec(text)?.[1] ?? '';
  return { label: file.replace(/\.prompt$/, ''), detail: comment, file };
}
