import * as vscode from 'vscode';

/** Several prompt files that are debugged together. */
export interface PromptSet {
  readonly title: string;
  readonly uris: readonly vscode.Uri[];
}

/** More files than this are no set of experiments; the command line takes them all. */
const MAX_FILES = 200;

/**
 * The prompt files that a command of the explorer means: what is selected, folders with all that they hold; null when
 * it is one file.
 */
export async function promptFiles(target: unknown, selected: unknown): Promise<PromptSet | null> {
  const all = Array.isArray(selected) && selected.length > 1 ? selected : [target];
  const uris = all.filter((each) => each instanceof vscode.Uri);
  const found = await Promise.all(uris.map(expand));
  if (uris.length <= 1 && found.every(({ isFolder }) => !isFolder)) return null;
  const files = found.flatMap((each) => each.files);
  const [only] = uris;
  const title = uris.length === 1 && only ? vscode.workspace.asRelativePath(only) : `${files.length} prompts`;
  return { title, uris: unique(files).slice(0, MAX_FILES) };
}

async function expand(uri: vscode.Uri): Promise<{ isFolder: boolean; files: readonly vscode.Uri[] }> {
  const stat = await vscode.workspace.fs.stat(uri).then(
    (read) => read,
    () => null,
  );
  if (!stat || !(stat.type & vscode.FileType.Directory)) return { isFolder: false, files: [uri] };
  return { isFolder: true, files: await promptsBelow(uri, MAX_FILES) };
}

/** Read folder by folder: a search for files may wait for ever where its program cannot run. */
async function promptsBelow(folder: vscode.Uri, most: number): Promise<vscode.Uri[]> {
  const entries = await vscode.workspace.fs.readDirectory(folder);
  const found: vscode.Uri[] = [];
  for (const [name, type] of entries.toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    if (found.length >= most) break;
    const uri = vscode.Uri.joinPath(folder, name);
    if (type === vscode.FileType.Directory && !name.startsWith('.') && name !== 'node_modules')
      found.push(...(await promptsBelow(uri, most - found.length)));
    else if (type & vscode.FileType.File && name.endsWith('.prompt')) found.push(uri);
  }
  return found;
}

/** A file that is selected together with its folder counts once. */
function unique(uris: readonly vscode.Uri[]): vscode.Uri[] {
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}
