import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { sharedFolder } from './folders.ts';

/**
 * Pinned units, by model: `.underglass/pins.json` of the workspace, a list of ids for each model, so that a team shares
 * them; without a workspace they are kept by VS Code.
 */
export interface Pins extends vscode.Disposable {
  of(model: string): Promise<readonly string[]>;
  set(model: string, unit: string, pinned: boolean): Promise<void>;
  readonly onDidChange: vscode.Event<void>;
}

type Lists = Readonly<Record<string, readonly string[]>>;
const MEMENTO_KEY = 'underglass.pins';

export function createPins(memento: vscode.Memento): Pins {
  const emitter = new vscode.EventEmitter<void>();
  const file = (): vscode.Uri | null => {
    const folder = sharedFolder();
    return folder && vscode.Uri.joinPath(folder, 'pins.json');
  };
  const read = async (): Promise<Lists> => {
    const uri = file();
    return uri ? readLists(uri.fsPath) : lists(memento.get(MEMENTO_KEY));
  };
  return {
    onDidChange: emitter.event,
    of: async (model) => (await read())[model] ?? [],
    set: async (model, unit, pinned) => {
      const all = await read();
      const others = (all[model] ?? []).filter((each) => each !== unit);
      const next = { ...all, [model]: pinned ? [...others, unit] : others };
      const uri = file();
      if (uri)
        await vscode.workspace.fs.writeFile(
          uri,
          new TextEncoder().encode(`${JSON.stringify(next, null, 2)}\n`),
        );
      else await memento.update(MEMENTO_KEY, next);
      emitter.fire();
    },
    dispose: () => emitter.dispose(),
  };
}

/** No file, or one that is none of ours, is no pins. VS Code's own file system would ask the window, which is busy with a new page. */
async function readLists(file: string): Promise<Lists> {
  try {
    return lists(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}

function lists(value: unknown): Lists {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter((entry): entry is [string, readonly string[]] => {
    const list: unknown = entry[1];
    return Array.isArray(list) && list.every((each) => typeof each === 'string');
  });
  return Object.fromEntries(entries);
}
