import * as vscode from 'vscode';
import { storeSetting, setting } from '../settings.ts';
import type { Keys } from './keys.ts';
import { hostOf } from './languageSettings.ts';

interface Item extends vscode.QuickPickItem {
  run(): Promise<void>;
}

const SUGGESTIONS: readonly { readonly label: string; readonly url: string }[] = [
  { label: 'OpenAI', url: 'https://api.openai.com/v1' },
  { label: 'Ollama on this machine', url: 'http://127.0.0.1:11434/v1' },
  { label: 'llama.cpp on this machine', url: 'http://127.0.0.1:8080/v1' },
  { label: 'vLLM on this machine', url: 'http://127.0.0.1:8000/v1' },
];

/** Lets a person choose what explains: nothing but the offline explainers, a server, or a model of VS Code's own. */
export async function chooseLanguageModel(keys: Keys): Promise<void> {
  const editorModels = await vscode.lm.selectChatModels();
  const items: Item[] = [
    {
      label: '$(circle-slash) None',
      detail: 'Offline explainers only: nothing leaves this machine',
      run: () => store('', '', ''),
    },
    {
      label: '$(server) A server…',
      detail: 'OpenAI, Azure, Ollama, vLLM, llama.cpp: anything that speaks the OpenAI chat protocol',
      run: () => askServer(keys),
    },
    ...editorModels.map(({ id, name, vendor }): Item => ({
      label: `$(sparkle) ${name}`,
      description: vendor,
      detail: 'A language model of VS Code; it asks for your consent first',
      run: () => store('', '', id),
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Language model that explains units' });
  await picked?.run();
}

/** Asks for the key of the configured server and keeps it in the secret storage. */
export async function askKey(keys: Keys): Promise<void> {
  const baseUrl = setting('language.baseUrl').trim();
  const host = hostOf(baseUrl);
  if (host === null) {
    void vscode.window.showInformationMessage(
      'Choose a language-model server first: a key belongs to one server.',
    );
    return;
  }
  const key = await vscode.window.showInputBox({
    title: `Key for ${host}`,
    prompt: 'Kept in the secret storage of VS Code only. Leave it empty to forget the stored one.',
    password: true,
    ignoreFocusOut: true,
  });
  if (key !== undefined) await keys.set(baseUrl, key.trim());
}

async function askServer(keys: Keys): Promise<void> {
  const baseUrl = await askUrl();
  if (baseUrl === undefined) return;
  const model = await vscode.window.showInputBox({
    title: `Model at ${hostOf(baseUrl) ?? baseUrl}`,
    value: setting('language.model'),
    placeHolder: 'gpt-4o-mini, llama3.1:8b, …',
    ignoreFocusOut: true,
    validateInput: (value) => (value.trim() === '' ? 'The name of a model, as the server knows it' : null),
  });
  if (model === undefined) return;
  await store(baseUrl, model.trim(), '');
  if ((await keys.get(baseUrl)) === null) await askKey(keys);
}

async function askUrl(): Promise<string | undefined> {
  const own = setting('language.baseUrl');
  const typed = '$(edit) Another URL…';
  const picks = [
    ...(own === '' || SUGGESTIONS.some(({ url }) => url === own)
      ? []
      : [{ label: own, description: 'in use' }]),
    ...SUGGESTIONS.map(({ label, url }) => ({ label: url, description: label })),
    { label: typed, description: '' },
  ];
  const picked = await vscode.window.showQuickPick(picks, {
    title: 'Base URL of the server',
    ignoreFocusOut: true,
  });
  if (picked === undefined || picked.label !== typed) return picked?.label;
  const url = await vscode.window.showInputBox({
    title: 'Base URL of the server',
    value: own,
    placeHolder: 'https://…/v1',
    ignoreFocusOut: true,
    validateInput: (value) =>
      hostOf(value.trim()) === null ? 'An http or https URL, usually ending in /v1' : null,
  });
  return url?.trim();
}

async function store(baseUrl: string, model: string, editorModel: string): Promise<void> {
  await storeSetting('language.baseUrl', baseUrl);
  await storeSetting('language.model', model);
  await storeSetting('language.editorModel', editorModel);
}
