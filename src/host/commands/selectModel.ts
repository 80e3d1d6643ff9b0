import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelListing } from '../../protocol/engineContract.ts';
import { COMMANDS } from '../contributions.ts';
import { refOf } from '../hub/shelf.ts';
import { EMBEDDED_MODEL } from '../session/modelChoice.ts';
import type { Engine, Sessions } from '../session/session.ts';
import { setting, storeSetting } from '../settings.ts';

interface ModelItem extends vscode.QuickPickItem {
  /** What the setting gets; undefined: nothing. */
  choose(): Promise<string | undefined>;
}

/** Lets a person choose the default model: the embedded one, one that was added, or a folder. Open traces follow. */
export async function selectModel(engine: Engine, sessions: Sessions): Promise<void> {
  const chosen = setting('modelFolder');
  const folders = path.isAbsolute(chosen) ? [chosen] : [];
  const models = await engine.request('model/list', { folders });
  const items: ModelItem[] = [
    ...models.map((model) => modelItem(model, chosen)),
    {
      label: '$(cloud-download) Add a model…',
      detail: 'GPT-2 small to XL, or any Hugging Face id of GPT-2 architecture',
      choose: async () => void (await vscode.commands.executeCommand(COMMANDS.add)),
    },
    {
      label: '$(folder-opened) Open a model folder…',
      detail: 'A Hugging Face folder of GPT-2 architecture',
      choose: askFolder,
    },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Model for prompts that name none' });
  const ref = await picked?.choose();
  if (ref === undefined) return;
  await storeSetting('modelFolder', ref);
  for (const session of sessions.all()) session.trace();
}

function modelItem(model: ModelListing, chosen: string): ModelItem {
  const ref = refOf(model);
  const isChosen = chosen === '' ? ref === EMBEDDED_MODEL : chosen === ref || chosen === model.directory;
  const size = `${megabytes(model.weightBytes)}, ${model.saes} SAEs${memoryText(model)}`;
  return {
    label: `${isChosen ? '$(check) ' : ''}${model.source === 'folder' ? model.name : ref}`,
    description: model.problem === null ? size : '',
    detail: model.problem ?? (model.source === 'embedded' ? 'embedded' : model.directory),
    choose: async () => (ref === EMBEDDED_MODEL ? '' : ref),
  };
}

/** What loading it takes, before it is chosen. */
function memoryText({ memory }: ModelListing): string {
  if (memory === null) return '';
  const mapped = `${megabytes(memory.files)} of files mapped`;
  return ` · takes about ${megabytes(memory.own)} of memory, ${mapped}${memory.fits ? '' : ': more than is free'}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MB`;
}

async function askFolder(): Promise<string | undefined> {
  const options = { canSelectFolders: true, canSelectFiles: false, openLabel: 'Use as model' };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}
