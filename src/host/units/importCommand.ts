import * as vscode from 'vscode';
import { isInterpError } from '../../core/errors.ts';
import { OPENAI_SETS } from '../../core/hub/published/openaiSets.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { PublishedFound, PublishedInstalled, PublishedQuery } from '../../protocol/publishedContract.ts';
import { COMMANDS } from '../contributions.ts';
import { withPercent } from '../session/percentProgress.ts';
import {
  importedText,
  importItems,
  importQuestion,
  neuronpediaOf,
  typedSet,
  type ImportAction,
} from './importItems.ts';
import { pickOrType } from '../hub/pickOrType.ts';
import type { UnitServices } from './unitSession.ts';

/** The model of a row of the models' view, or of a page. */
interface Subject {
  readonly name: string;
  /** What opens it; null = what settings ask for. */
  readonly ref: string | null;
  readonly directory: string;
}

/** A query that was agreed to and paused: Resume goes on with it. */
interface Agreed {
  readonly query: PublishedQuery;
  readonly title: string;
}

/**
 * Imports explanations and records of others: asks which, shows what they would take, and fetches after a yes. Cancel
 * pauses. `target`: a set's id, a row of the models' view, or what was paused.
 */
export async function importExplanations(target: unknown, services: UnitServices): Promise<void> {
  const paused = asAgreed(target);
  if (paused) return fetch(paused, services);
  const given = textOf(target);
  const subject = subjectOf(target);
  const action =
    given === null ? await pickSource(subject, services) : ({ kind: 'set', text: given } as const);
  if (!action) return;
  if (action.kind === 'files') return importFiles(subject, services);
  const query = await completeQuery(action, subject, services);
  if (!query) return;
  const found = await lookUp(query, services);
  if (!found || !(await agree(found))) return;
  await fetch({ query: { ...query, text: query.text }, title: found.title }, services);
}

/** Drops a set that an older version imported in part, and imports the units that were here of it anew. */
export async function importAgain(target: unknown, services: UnitServices): Promise<void> {
  const set = outdatedOf(target);
  if (!set) return;
  const { model, id, title } = set;
  const { units } = await services.engine.request('published/units', { model, id });
  const query = { text: id, model, units, records: true };
  const found = await lookUp({ ...query, again: true }, services);
  if (found && (await agree(found))) await fetch({ query: { ...query, again: true }, title }, services);
}

async function pickSource(
  subject: Subject | null,
  { engine, browsed }: UnitServices,
): Promise<ImportAction | undefined> {
  // A model is not loaded only to tell which SAEs it has.
  const { name, saes } = subject
    ? { name: subject.name, saes: await engine.request('model/saes', { directory: subject.directory }) }
    : (await browsed.open()).model;
  const picked = await pickOrType({
    title: 'Import Explanations',
    placeholder: 'Choose, or type an id or address; nothing is fetched before you have seen what it takes',
    items: importItems({ name, saes: saes.map(({ id }) => id) }),
    typed: typedSet,
  });
  return picked?.action ?? undefined;
}

/** Which set, which of its units, and whether records come too; undefined: nothing. */
async function completeQuery(
  action: Exclude<ImportAction, { readonly kind: 'files' }>,
  subject: Subject | null,
  { browsed }: UnitServices,
): Promise<PublishedQuery | undefined> {
  if (action.kind === 'folder') {
    const folder = await pickFolder();
    if (folder === undefined) return undefined;
    const { directory } = subject ?? (await browsed.open()).model;
    return withRecords({ text: folder, model: directory, units: [] });
  }
  const text = action.kind === 'set' ? action.text : await askId();
  if (text === undefined) return undefined;
  const units = await pickUnits(text);
  return units && withRecords({ text, model: null, units });
}

/** Of sets with a file a unit: all, a layer, or those that are named. */
async function pickUnits(text: string): Promise<readonly string[] | undefined> {
  const set = OPENAI_SETS.find(({ id }) => id === text);
  if (!set) return [];
  const isNeurons = set.space.d_mlp > 0;
  const all = isNeurons ? set.space.n_layers * set.space.d_mlp : null;
  const items = [
    ...(all === null && set.space.n_heads === 0
      ? []
      : [{ label: 'All', description: all === null ? '' : `${all.toLocaleString('en-US')} neurons` }]),
    { label: 'Some…', description: 'a layer, some of it, or one unit' },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Which units?', ignoreFocusOut: true });
  if (!picked) return undefined;
  if (picked.label === 'All') return [];
  const first = set.space.saes[0]?.id;
  const example = isNeurons ? 'L5N*, L5N123' : first === undefined ? 'L9H*, L9H6' : `${first}/12`;
  const typed = await vscode.window.showInputBox({
    title: 'Which units?',
    prompt: 'Ids and patterns, with commas between them',
    placeHolder: example,
    ignoreFocusOut: true,
  });
  const units = (typed ?? '').split(',').map((unit) => unit.trim());
  return typed === undefined || units.join('') === '' ? undefined : units;
}

async function withRecords(query: Omit<PublishedQuery, 'records'>): Promise<PublishedQuery | undefined> {
  const isRecordsOnly = OPENAI_SETS.some(({ id, parts }) => id === query.text && parts.length === 1);
  if (isRecordsOnly) return { ...query, records: true };
  const words = { label: 'Explanations', description: 'words with their scores', records: false };
  const more = {
    label: 'Explanations and Activation Records',
    description: 'and the windows behind scores: much larger',
    records: true,
  };
  const picked = await vscode.window.showQuickPick([words, more], { title: 'What?', ignoreFocusOut: true });
  return picked && { ...query, records: picked.records };
}

async function lookUp(query: PublishedQuery, services: UnitServices): Promise<PublishedFound | undefined> {
  const title = `Looking up ${query.text}`;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  const { found, choices } = await vscode.window.withProgress(options, (_progress, token) => {
    const job = new AbortController();
    token.onCancellationRequested(() => job.abort());
    return services.engine.request('published/find', query, { signal: job.signal });
  });
  if (found) return found;
  const items = choices.map(({ id, title: label }) => ({ label, description: id, id }));
  const picked = await vscode.window.showQuickPick(items, { title: 'Which of them?', ignoreFocusOut: true });
  if (picked) await importExplanations(picked.id, services);
  return undefined;
}

async function agree(found: PublishedFound): Promise<boolean> {
  const { question, detail, button } = importQuestion(found);
  return (await vscode.window.showInformationMessage(question, { modal: true, detail }, button)) === button;
}

async function fetch({ query, title }: Agreed, { engine, library }: UnitServices): Promise<void> {
  const job = new AbortController();
  try {
    const done = await withPercent(`Importing ${title}`, job, (onProgress) =>
      engine.request('published/import', query, { signal: job.signal, onProgress }),
    );
    void vscode.window.showInformationMessage(importedText(done, title));
  } catch (error) {
    if (!isInterpError(error, 'cancelled')) throw error;
    const resume = 'Resume';
    const message = `Paused: ${title}. What came is kept and shown.`;
    void vscode.window.showInformationMessage(message, resume).then((answer) => {
      if (answer === resume)
        void vscode.commands.executeCommand(COMMANDS.importExplanations, {
          // What came since is no longer dropped.
          query: { ...query, again: false },
          title,
        });
    });
  } finally {
    // What came can be read, however it ended.
    library.didExplain(null);
    void vscode.commands.executeCommand(COMMANDS.refreshModels);
  }
}

/** Files of a person's own: into the workspace. */
async function importFiles(
  subject: Subject | null,
  { engine, models, browsed, library }: UnitServices,
): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: true,
    openLabel: 'Import',
    filters: { 'Explanations and records': ['json', 'jsonl'] },
  });
  if (!chosen) return;
  const model: ModelInfo = subject ? await models.open(subject.ref) : (await browsed.open()).model;
  const lines: string[] = [];
  for (const { fsPath } of chosen) {
    const { format, explanations, records, skipped } = await engine.request('explain/import', {
      modelId: model.modelId,
      file: fsPath,
    });
    const left = skipped.length > 0 ? `, ${skipped.length} left out (${skipped[0]})` : '';
    const kept = records > 0 ? `, activations of ${records} units` : '';
    lines.push(`${explanations} explanations${kept} (${format})${left}`);
  }
  library.didExplain(null);
  void vscode.window.showInformationMessage(`Imported ${lines.join('; ')}.`);
}

async function pickFolder(): Promise<string | undefined> {
  const options = { canSelectFolders: true, canSelectFiles: false, openLabel: 'Import' };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}

async function askId(): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: 'Import Explanations',
    prompt: 'An id such as gpt2-small/6-res-jb, gpt2-small/6-res-jb/650 or openai/gpt2-xl, or an address',
    placeHolder: 'gpt2-small/6-res-jb',
    ignoreFocusOut: true,
  });
  return text?.trim() || undefined;
}

/** The set that a row of the models' view stands for; null = a person picks. */
function textOf(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null || !('kind' in target)) return null;
  if (target.kind !== 'sae' || !('shelved' in target)) return null;
  const { model, sae } = target.shelved as { readonly model: { ref: string }; readonly sae: { id: string } };
  return neuronpediaOf(model.ref, sae.id);
}

/** The model of a row of the models' view, or that a page gives; null = neither: the browsed one. */
function subjectOf(target: unknown): Subject | null {
  if (typeof target !== 'object' || target === null) return null;
  const { model } = ('shelved' in target ? target.shelved : target) as { readonly model?: unknown };
  if (typeof model !== 'object' || model === null || !('ref' in model) || !('directory' in model))
    return null;
  const { ref, directory } = model;
  if (typeof directory !== 'string' || (ref !== null && typeof ref !== 'string')) return null;
  const name = 'name' in model && typeof model.name === 'string' ? model.name : (ref ?? '');
  return { name, ref, directory };
}

function outdatedOf(target: unknown): PublishedInstalled | null {
  if (typeof target !== 'object' || target === null || !('fact' in target)) return null;
  return (target.fact as { readonly outdated?: PublishedInstalled }).outdated ?? null;
}

function asAgreed(target: unknown): Agreed | null {
  const isAgreed = typeof target === 'object' && target !== null && 'query' in target && 'title' in target;
  return isAgreed ? (target as Agreed) : null;
}
