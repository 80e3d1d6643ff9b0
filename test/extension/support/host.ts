import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { UnderglassApi } from '../../../src/host/extension.ts';
import { writeRandomModel } from '../../support/randomModel.ts';
import { writeRandomSae } from '../../support/randomSae.ts';

const PATIENCE_MS = 20_000;
const D_SAE = 128;

/** What the latents of the test model stand for. */
export const WORDS = 'concept | number';

let model: Promise<string> | undefined;

/** The extension under test, started. */
export async function underglass(): Promise<UnderglassApi> {
  const extension = vscode.extensions.getExtension<UnderglassApi>('underglass.underglass');
  assert.ok(extension);
  return extension.activate();
}

/** Makes a random model with one SAE, whose latents all have words, the model of this window. One token is one byte. */
export async function useRandomModel(): Promise<void> {
  model ??= writeModel();
  await configure('underglass.modelFolder', await model);
}

/** Sets a setting of the person; undefined takes it back. */
export async function configure(key: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Global);
}

/** Writes a file into the workspace and opens it in the first column. */
export async function openFile(name: string, text: string): Promise<vscode.TextEditor> {
  const file = path.join(workspaceFolder(), name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  const document = await vscode.workspace.openTextDocument(file);
  return vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
}

/** Waits until `read` gives something else than undefined or false. @throws after 20 s */
export async function until<T>(
  what: string,
  read: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => void setTimeout(resolve, 25));
  }
  throw new Error(`Waited in vain for ${what}.`);
}

/** Traces a document and waits for the result. */
export async function traced(api: UnderglassApi, document: vscode.TextDocument) {
  const session = api.sessions.get(document.uri) ?? api.sessions.open(document, null);
  await until(`a trace of ${document.uri.path}`, () => session.state.state === 'ready');
  return session;
}

function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder);
  return folder.uri.fsPath;
}

async function writeModel(): Promise<string> {
  const directory = path.join(workspaceFolder(), 'random-model');
  const { d_model } = await writeRandomModel(directory);
  const hook_name = 'blocks.1.hook_resid_post';
  const sae = path.join(directory, 'saes', hook_name);
  await writeRandomSae(sae, { architecture: 'topk', hook_name, d_in: d_model, d_sae: D_SAE });
  const lines = Array.from({ length: D_SAE }, (_, index) =>
    JSON.stringify({ index, words: `${WORDS} ${index}`, f1: 0.5 }),
  );
  await writeFile(path.join(sae, 'latents.jsonl'), lines.join('\n'));
  await writeFile(path.join(sae, 'report.json'), '{"l0": 16.04}');
  return directory;
}
