import * as vscode from 'vscode';
import { sizeText } from '../../core/hub/amounts.ts';
import { releaseNamed } from '../../core/hub/releases.ts';
import type { HubChoice, HubInstalled } from '../../protocol/hubContract.ts';
import { addItems, typedItem, type AddAction, type AddItem } from './addItems.ts';
import { pickOrType } from './pickOrType.ts';

const TITLE = 'Add Model or SAE';

/** What a person wants to add, as text; undefined: nothing. `model`: the one at hand. */
export async function pickText(of: {
  readonly model: string | null;
  readonly installed: readonly HubInstalled[];
}): Promise<string | undefined> {
  const action = await pickAction(of);
  switch (action?.kind) {
    case undefined:
      return undefined;
    case 'look':
      return action.text;
    case 'all':
      return pickText({ ...of, model: null });
    case 'id':
      return askId();
    case 'folder':
      return askPlace({ canSelectFolders: true, canSelectFiles: false });
    // One dialog for both shows folders alone on Linux and Windows.
    case 'file':
      return askPlace({ canSelectFiles: true, filters: { Weights: ['pt', 'safetensors', 'bin'] } });
  }
}

async function pickAction(of: Parameters<typeof addItems>[0]): Promise<AddAction | undefined> {
  const picked = await pickOrType<AddItem>({
    title: TITLE,
    placeholder: 'Choose, or type org/name, gpt2-small/6-res-jb/650, an address or a path',
    items: addItems(of),
    typed: typedItem,
  });
  return picked?.action ?? undefined;
}

async function askId(): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: TITLE,
    prompt:
      'A Hugging Face id (org/name, org/name@revision, org/name/folder), a Neuronpedia id (gpt2-small/6-res-jb/650), or the address of either',
    placeHolder: 'openai-community/gpt2',
    ignoreFocusOut: true,
  });
  return text?.trim() || undefined;
}

async function askPlace(kind: vscode.OpenDialogOptions): Promise<string | undefined> {
  return (await vscode.window.showOpenDialog({ ...kind, openLabel: 'Add', title: TITLE }))?.[0]?.fsPath;
}

interface ChoiceItem extends vscode.QuickPickItem {
  readonly id: string;
}

/** Which of several SAEs; undefined: none. */
export async function pickChoices(
  choices: readonly HubChoice[],
  installed: readonly HubInstalled[],
): Promise<readonly string[] | undefined> {
  const here = new Set(installed.map(({ id }) => id));
  const items = choices.map((choice) => choiceItem(choice, here));
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Which of Its SAEs?',
    placeHolder: 'Several may be chosen; sizes, L0 and explained variance (EV) as published',
    canPickMany: true,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return picked === undefined || picked.length === 0 ? undefined : picked.map(({ id }) => id);
}

function choiceItem({ id, title, bytes }: HubChoice, here: ReadonlySet<string>): ChoiceItem {
  const slash = id.indexOf('/');
  const sae = releaseNamed(id.slice(0, slash))?.saes.find(({ name }) => name === id.slice(slash + 1));
  const size = bytes === null ? [] : [sizeText(bytes)];
  if (!sae) return { id, label: title, description: size.join(' · ') };
  const { hook_name, d_sae, l0, explained_variance } = sae;
  const described = [
    ...(here.has(`${sae.model}/${sae.id}`) ? ['installed'] : []),
    hook_name,
    ...(d_sae === null ? [] : [`${d_sae.toLocaleString('en')} latents`]),
    ...size,
    ...(l0 === null ? [] : [`L0 ${l0}`]),
    ...(explained_variance === null ? [] : [`EV ${explained_variance}`]),
  ];
  return { id, label: sae.id, description: described.join(' · ') };
}

/** The model that a SAE belongs to which does not say it. */
export async function pickModel(models: readonly string[], message: string): Promise<string | undefined> {
  // After a file dialog, which gives the focus back late.
  const options = { title: message, placeHolder: 'Its model', ignoreFocusOut: true };
  return vscode.window.showQuickPick([...models], options);
}
