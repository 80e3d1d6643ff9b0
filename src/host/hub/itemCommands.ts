import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import { sizeText } from '../../core/hub/amounts.ts';
import { parsePrompt } from '../../core/prompt/parsePrompt.ts';
import type { HubInstalled } from '../../protocol/hubContract.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { writeFrontMatter } from '../debug/saveDraft.ts';
import { EMBEDDED_MODEL } from '../session/modelChoice.ts';
import { withPercent } from '../session/percentProgress.ts';
import type { Engine, Models } from '../session/session.ts';
import { setting, storeSetting } from '../settings.ts';
import type { Downloads, Wanted } from './downloads.ts';
import type { HealthChecks } from './healthChecks.ts';
import { healthMessage } from './itemTexts.ts';
import type { ModelsNode } from './modelItems.ts';
import { readSaes, readShelf, type ShelfSae } from './shelf.ts';

export interface ItemContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly downloads: Downloads;
  readonly health: HealthChecks;
  /** Document that a person looks at, in an editor or a panel. */
  document(): Promise<vscode.TextDocument | undefined>;
}

/** Makes a model run the prompts that name none. */
export async function useModel(target: unknown, { models }: ItemContext): Promise<void> {
  const ref = modelRefOf(target);
  await storeSetting('modelFolder', ref === EMBEDDED_MODEL ? '' : ref);
  models.didInstall();
}

/** Writes `model:` into the prompt file that is open, as one step of undo. */
export async function useModelHere(target: unknown, context: ItemContext): Promise<void> {
  await writeFrontMatter(await promptOf(context), [['model', modelRefOf(target)]]);
}

/** Adds a SAE to the prompt file's `sae:`, or takes it off; the file's model becomes its own. */
export async function useSaeHere(target: unknown, context: ItemContext): Promise<void> {
  const { sae, model } = saeOf(target);
  const document = await promptOf(context);
  const { frontMatter } = parsePrompt(document.getText());
  const named = frontMatter.sae?.value ?? [];
  const others = named.filter((each) => each !== sae.id && each !== sae.directory);
  const next = others.length < named.length ? others : [...named, sae.id];
  const isOwn = (frontMatter.model?.value ?? (setting('modelFolder') || EMBEDDED_MODEL)) === model.ref;
  const [only] = next;
  await writeFrontMatter(document, [
    ...(isOwn ? [] : [['model', model.ref] as const]),
    ['sae', only === undefined ? null : next.length === 1 ? only : next],
  ]);
}

/** Whether prompts that name no SAE get this one. */
export async function attachSae(
  target: unknown,
  { isAttached }: { readonly isAttached: boolean },
  { engine, models }: ItemContext,
): Promise<void> {
  await engine.request('sae/attach', { directory: saeOf(target).sae.directory, isAttached });
  models.didInstall();
}

/** Measures SAEs, with a notification that can be cancelled. */
export async function checkSae(target: unknown, { health, engine }: ItemContext): Promise<void> {
  for (const shelved of await saesOf(target, engine)) {
    const job = new AbortController();
    await withPercent(`Checking ${shelved.model.ref}/${shelved.sae.id}`, job, (onProgress) =>
      health.check(shelved, { signal: job.signal, onProgress }),
    );
  }
}

/**
 * Measures a SAE on a person's own text, and says what came of it; the row keeps what was measured on the common sample.
 * `paths`: files and folders; not given = asked for.
 */
export async function checkSaeOn(
  target: unknown,
  paths: unknown,
  { health }: ItemContext,
): Promise<SaeHealth | undefined> {
  const shelved = saeOf(target);
  const name = `${shelved.model.ref}/${shelved.sae.id}`;
  const chosen = isTexts(paths) ? paths : await chooseText(name);
  if (chosen === undefined) return undefined;
  const corpus = { kind: 'files', paths: chosen, field: setting('scan.textField') } as const;
  const job = new AbortController();
  const measured = await withPercent(`Checking ${name}`, job, (onProgress) =>
    health.check(shelved, { signal: job.signal, onProgress, corpus }),
  );
  void vscode.window.showInformationMessage(healthMessage(name, measured));
  return measured;
}

async function chooseText(name: string): Promise<readonly string[] | undefined> {
  const options = {
    canSelectFiles: true,
    canSelectFolders: true,
    canSelectMany: true,
    title: `Text to measure ${name} on`,
    openLabel: 'Check Health',
  };
  return (await vscode.window.showOpenDialog(options))?.map(({ fsPath }) => fsPath);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

/** SAEs that were just added are measured once, quietly; one that cannot be is told by its row. */
export async function checkAdded(
  added: readonly HubInstalled[],
  { engine, health }: Pick<ItemContext, 'engine' | 'health'>,
  log: vscode.LogOutputChannel,
): Promise<void> {
  const folders = new Set(added.filter(({ kind }) => kind === 'sae').map(({ folder }) => folder));
  if (folders.size === 0) return;
  const state = await readShelf(engine);
  const options = { location: vscode.ProgressLocation.Window, title: 'Checking the health of new SAEs' };
  await vscode.window.withProgress(options, async () => {
    for (const model of state.models.filter(({ directory }) => directory !== null)) {
      const saes = await readSaes(engine, model, state);
      for (const shelved of saes.filter(({ installed }) => installed && folders.has(installed.folder))) {
        await health
          .check(shelved, { signal: new AbortController().signal, onProgress: () => undefined })
          .catch((error: unknown) => log.warn(`health of ${shelved.sae.id}: ${String(error)}`));
      }
    }
  });
}

export async function revealFolder(target: unknown): Promise<void> {
  const node = nodeOf(target);
  const folder =
    node?.kind === 'sae' ? node.shelved.sae.directory : node?.kind === 'model' ? node.model.directory : null;
  if (folder === null || folder === undefined) return;
  await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(folder));
}

export async function copyId(target: unknown): Promise<void> {
  const node = nodeOf(target);
  if (node?.kind === 'model') await vscode.env.clipboard.writeText(node.model.ref);
  if (node?.kind === 'sae')
    await vscode.env.clipboard.writeText(`${node.shelved.model.ref}/${node.shelved.sae.id}`);
}

/** What a row stands for that was added and cannot be used as it is. @throws hub/not-installed */
export function brokenOf(target: unknown): HubInstalled {
  const node = nodeOf(target);
  const installed =
    node?.kind === 'model' ? node.model.installed : node?.kind === 'sae' ? node.shelved.installed : null;
  if (installed) return installed;
  throw new InterpError('hub/not-installed', 'Nothing that was added was chosen.');
}

/** Removes what was added, after a yes that says how much it frees. `target`: a row, or the id of a download. */
export async function removeInstalled(target: unknown, context: ItemContext): Promise<void> {
  const { engine, models } = context;
  const id = typeof target === 'string' ? target : idOf(nodeOf(target));
  if (id === null) return;
  const all = await engine.request('hub/installed', {});
  const going = all.filter((each) => each.id === id || (each.kind === 'sae' && each.model === id));
  const bytes = going.reduce((sum, each) => sum + each.bytes, 0);
  if (going.length > 0 && !(await agree(id, { going, bytes }))) return;
  if (going.some(({ kind }) => kind === 'model') && setting('modelFolder') === id)
    await storeSetting('modelFolder', '');
  await engine.request('hub/remove', { id });
  models.didInstall();
}

async function agree(
  id: string,
  { going, bytes }: { readonly going: readonly HubInstalled[]; readonly bytes: number },
): Promise<boolean> {
  const saes = going.filter(({ kind }) => kind === 'sae').length;
  const isModel = going.some((each) => each.kind === 'model');
  const linked = going.some(({ files }) => files.some((file) => file.linked !== null));
  const detail = [
    `Frees ${sizeText(bytes)}.`,
    ...(isModel && saes > 0 ? [`Its ${saes === 1 ? 'SAE goes' : `${saes} SAEs go`} too.`] : []),
    ...(linked ? ['Files that are used in the Hugging Face cache or in a folder of yours stay there.'] : []),
    'Explanations and prompt files are kept.',
  ].join('\n');
  const remove = 'Remove';
  return (
    (await vscode.window.showWarningMessage(`Remove ${id}?`, { modal: true, detail }, remove)) === remove
  );
}

/** `target`: a row of a download, or what a notification goes on with. */
export async function resumeDownload(
  target: unknown,
  { downloads }: ItemContext,
): Promise<readonly HubInstalled[]> {
  if (Array.isArray(target)) return downloads.add(target.filter(isWanted));
  const node = nodeOf(target);
  if (node?.kind !== 'download' || node.download.text === null) return [];
  const { id, text, title, kind, model } = node.download;
  const isSae = kind === 'sae';
  return downloads.add([{ id, text, title: isSae ? id : title, model: isSae ? model : null }]);
}

export function pauseDownload(target: unknown, { downloads }: ItemContext): void {
  const node = nodeOf(target);
  if (node?.kind === 'download') downloads.pause(node.download.id);
}

function idOf(node: ModelsNode | undefined): string | null {
  switch (node?.kind) {
    case 'model':
      return node.model.installed?.id ?? (node.model.directory === null ? node.model.ref : null);
    case 'sae':
      return node.shelved.installed?.id ?? null;
    case 'download':
      return node.download.id;
    default:
      return null;
  }
}

async function saesOf(target: unknown, engine: Engine): Promise<readonly ShelfSae[]> {
  const node = nodeOf(target);
  if (node?.kind !== 'model') return [saeOf(target)];
  return (await readSaes(engine, node.model, await readShelf(engine))).filter(({ sae }) => sae.info !== null);
}

/** @throws file/none-open */
async function promptOf({ document }: ItemContext): Promise<vscode.TextDocument> {
  const open = await document();
  if (open?.languageId === LANGUAGE_ID) return open;
  throw new InterpError(
    'file/none-open',
    'No prompt file (*.prompt) is open whose front matter could name it.',
  );
}

/** A row, or the name of a model that a notification or another command gives. */
function modelRefOf(target: unknown): string {
  if (typeof target === 'string') return target;
  const node = nodeOf(target);
  if (node?.kind === 'model') return node.model.ref;
  throw new InterpError('model/not-found', 'No model was chosen.');
}

function saeOf(target: unknown): ShelfSae {
  const node = nodeOf(target);
  if (node?.kind === 'sae') return node.shelved;
  throw new InterpError('sae/not-found', 'No SAE was chosen.');
}

/** Rows come from VS Code as the view made them. */
function nodeOf(target: unknown): ModelsNode | undefined {
  const isNode = typeof target === 'object' && target !== null && 'kind' in target;
  return isNode ? (target as ModelsNode) : undefined;
}

function isWanted(value: unknown): value is Wanted {
  return typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';
}
