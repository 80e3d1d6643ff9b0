import path from 'node:path';
import * as vscode from 'vscode';
import { toInterpError } from '../../core/errors.ts';
import type { ModelInfo, ModelListing } from '../../protocol/engineContract.ts';
import { refOf } from '../hub/shelf.ts';
import { EMBEDDED_MODEL } from '../session/modelChoice.ts';
import type { Engine, Models } from '../session/session.ts';
import { onDidChangeSetting, setting } from '../settings.ts';

/** A model that is open to be browsed. */
export interface Browsed {
  readonly model: ModelInfo;
  /** What pages of its units are opened with: its folder; null = what settings ask for. */
  readonly source: string | null;
  /** Chosen, and not here now: the default model stands in. */
  readonly missing: string | null;
}

/** The model whose units the feature browser shows: what is done from there, or from no page at all, acts on it. */
export interface BrowsedModel extends vscode.Disposable {
  /** Name or folder that a person chose, kept with the workspace; null = what settings ask for. */
  readonly chosen: string | null;
  /** What is chosen as titles name it; null as above. */
  readonly chosenName: string | null;
  /** Another one was chosen. */
  readonly onDidChoose: vscode.Event<void>;
  /** The same choice may lead to another model now: settings, or what is on this machine. */
  readonly onDidChange: vscode.Event<void>;
  choose(chosen: string | null): Promise<void>;
  /** @throws model/*, sae/*, weights/*: it is here and cannot be opened */
  open(): Promise<Browsed>;
  /** The model that a page asks for (null = what settings ask for), else the browsed one. */
  openFor(asked: unknown): Promise<ModelInfo>;
}

/** What the feature browser gives commands that would else go by the editor. */
export const BROWSED = 'browsed';

const MEMENTO_KEY = 'underglass.browser.model';
/** It was removed or moved, or the workspace that names its folder is not trusted: no fault of the model's. */
const GONE: ReadonlySet<string> = new Set(['model/not-found', 'file/not-found', 'request/untrusted']);

export function createBrowsedModel(models: Models, memento: vscode.Memento): BrowsedModel {
  const changed = new vscode.EventEmitter<void>();
  const wasChosen = new vscode.EventEmitter<void>();
  const stored = memento.get<unknown>(MEMENTO_KEY);
  let chosen = typeof stored === 'string' ? stored : null;
  // The status bar keeps the model of the prompt that a person works with.
  const aside = { isAside: true } as const;
  const open = async (): Promise<Browsed> => {
    if (chosen === null) return { model: await models.open(null, aside), source: null, missing: null };
    try {
      const model = await models.open(chosen, aside);
      return { model, source: model.directory, missing: null };
    } catch (error) {
      if (!GONE.has(toInterpError(error).code)) throw error;
      return { model: await models.open(null, aside), source: null, missing: nameOf(chosen) };
    }
  };
  const fire = (): void => changed.fire();
  const following = [
    changed,
    wasChosen,
    onDidChangeSetting('modelFolder', fire),
    onDidChangeSetting('saeFolders', fire),
    models.onDidInstall(fire),
  ];
  return {
    get chosen() {
      return chosen;
    },
    get chosenName() {
      return chosen === null ? null : nameOf(chosen);
    },
    onDidChoose: wasChosen.event,
    onDidChange: changed.event,
    choose: async (ref) => {
      if (ref === chosen) return;
      chosen = ref;
      await memento.update(MEMENTO_KEY, ref ?? undefined);
      wasChosen.fire();
    },
    open,
    openFor: async (asked) =>
      asked === null || typeof asked === 'string' ? models.open(asked) : (await open()).model,
    dispose: () => vscode.Disposable.from(...following).dispose(),
  };
}

interface ModelRow extends vscode.QuickPickItem {
  /** What is chosen; null = the default model, whichever it is. */
  readonly ref: string | null;
  readonly directory: string | null;
}

/** Lets a person choose among the models on this machine and those that prompts have opened. */
export async function chooseBrowsedModel(engine: Engine, browsed: BrowsedModel): Promise<void> {
  const chosen = setting('modelFolder');
  const folders = path.isAbsolute(chosen) ? [chosen] : [];
  const [listed, loaded] = await Promise.all([
    engine.request('model/list', { folders }),
    engine.request('models/loaded', {}),
  ]);
  const known = new Set(listed.map(({ directory }) => directory));
  const rows: readonly ModelRow[] = [
    { ref: null, directory: null, label: 'Default model', description: nameOf(chosen || EMBEDDED_MODEL) },
    ...listed.filter(({ problem }) => problem === null).map(listedRow),
    ...loaded.models.filter(({ directory }) => !known.has(directory)).map(openRow),
  ];
  const title = 'Show the Units of Which Model?';
  const items = rows.map((row) => markChosen(row, browsed));
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDetail: true });
  if (picked) await browsed.choose(picked.ref);
}

function listedRow(model: ModelListing): ModelRow {
  const { name, source, saes, directory } = model;
  const ref = refOf(model);
  return {
    ...{ ref, directory },
    label: source === 'folder' ? name : ref,
    description: saes === 1 ? '1 SAE' : `${saes} SAEs`,
    detail: source === 'embedded' ? 'embedded' : directory,
  };
}

/** One that a prompt named by its folder. */
function openRow({ directory }: { readonly directory: string }): ModelRow {
  return {
    ref: directory,
    ...{ directory, label: nameOf(directory), description: 'open', detail: directory },
  };
}

function markChosen(row: ModelRow, { chosen }: Pick<BrowsedModel, 'chosen'>): ModelRow {
  const isChosen = row.ref === chosen || (chosen !== null && row.directory === chosen);
  return isChosen ? { ...row, label: `$(check) ${row.label}` } : row;
}

/** A folder by its last part, a name as it is. */
function nameOf(ref: string): string {
  return path.isAbsolute(ref) ? path.basename(ref) : ref;
}
