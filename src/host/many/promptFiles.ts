import * as vscode from 'vscode';

/** Several prompt files that are debugged together. */
export interface PromptSet {
  readonly title: string;
  readonly uris: readonly vscode.Uri[];
}

const PROMPTS = '**/*.prompt';
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
  const files = await vscode.workspace.findFiles(new vscode.RelativePattern(uri, PROMPTS), null, MAX_FILES);
  return { isFolder: true, files: files.toSorted((a, b) => a.path.localeCompare(b.path, 'en')) };
}

/** A file that is selected together with its folder counts once. */
function unique(uris: readonly vscode.Uri[]): vscode.Uri[] {
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}
