import * as vscode from 'vscode';
import type { ModelListing } from '../../protocol/engineContract.ts';
import { EMBEDDED_MODEL } from '../session/modelChoice.ts';
import type { Engine, Sessions } from '../session/session.ts';
import { setting, storeSetting } from '../settings.ts';

interface ModelItem extends vscode.QuickPickItem {
  readonly directory: string | null;
}

/** Lets a person choose the default model: an embedded one, or a folder. Open traces follow. */
export async function selectModel(engine: Engine, sessions: Sessions): Promise<void> {
  const chosen = setting('modelFolder');
  const folders = chosen === '' ? [] : [chosen];
  const models = await engine.request('model/list', { folders });
  const items: ModelItem[] = [
    ...models.map((model) => modelItem(model, chosen)),
    {
      label: '$(folder-opened) Open a model folder…',
      detail: 'A Hugging Face folder of GPT-2 architecture',
      directory: null,
    },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Model for prompts that name none' });
  if (!picked) return;
  const directory = picked.directory ?? (await askFolder());
  if (directory === undefined) return;
  await storeSetting('modelFolder', directory);
  for (const session of sessions.all()) session.trace();
}

function modelItem(model: ModelListing, chosen: string): ModelItem {
  const isEmbedded = model.source === 'embedded';
  const isChosen = isEmbedded ? chosen === '' && model.name === EMBEDDED_MODEL : chosen === model.directory;
  const size = `${(model.weightBytes / 2 ** 20).toFixed(0)} MB, ${model.saes} SAEs`;
  return {
    label: `${isChosen ? '$(check) ' : ''}${model.name}`,
    description: model.problem === null ? size : '',
    detail: model.problem ?? (isEmbedded ? 'embedded' : model.directory),
    directory: isEmbedded ? '' : model.directory,
  };
}

async function askFolder(): Promise<string | undefined> {
  const options = { canSelectFolders: true, canSelectFiles: false, openLabel: 'Use as model' };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}
