import { basename, isAbsolute, sep } from 'node:path';
import * as vscode from 'vscode';
import { repositoryFolder } from '../../core/hub/fileName.ts';
import { modelNamed } from '../../core/hub/models.ts';
import { sameFamilies } from '../../core/hub/published/sameSae.ts';
import type { ModelListing } from '../../protocol/engineContract.ts';
import type { HubInstalled, HubUnfinished } from '../../protocol/hubContract.ts';
import type { PublishedInstalled } from '../../protocol/publishedContract.ts';
import type { LoadedModel, SaeListing } from '../../protocol/modelsContract.ts';
import type { Engine } from '../session/session.ts';
import { setting } from '../settings.ts';
import { EMBEDDED_MODEL } from '../session/modelChoice.ts';

/** A model on this machine, or one whose SAEs alone are here. */
export interface ShelfModel {
  /** What front matter and settings call it: a name, or the folder of one that was not added. */
  readonly ref: string;
  readonly name: string;
  /** Null = only SAEs of it were added. */
  readonly directory: string | null;
  readonly source: ModelListing['source'] | 'absent';
  readonly weightBytes: number;
  readonly saeCount: number;
  /** What the engine would take with it; null = it cannot be opened. */
  readonly memory: ModelListing['memory'];
  readonly problem: string | null;
  readonly installed: HubInstalled | null;
  readonly loaded: LoadedModel | null;
  /** Runs prompts that name none. */
  readonly isDefault: boolean;
}

export interface ShelfSae {
  readonly sae: SaeListing;
  readonly model: ShelfModel;
  readonly installed: HubInstalled | null;
  /** What others published of its latents, as far as it was imported. */
  readonly published: readonly PublishedInstalled[];
}

/** What is on this machine now. */
export interface ShelfState {
  readonly models: readonly ShelfModel[];
  readonly unfinished: readonly HubUnfinished[];
  readonly installed: readonly HubInstalled[];
  /** Of the engine process. */
  readonly residentBytes: number;
}

export async function readShelf(engine: Engine): Promise<ShelfState> {
  const chosen = setting('modelFolder');
  const folders = isAbsolute(chosen) ? [chosen] : [];
  const [listed, installed, unfinished, loaded] = await Promise.all([
    engine.request('model/list', { folders }),
    engine.request('hub/installed', {}),
    engine.request('hub/unfinished', {}),
    engine.request('models/loaded', {}),
  ]);
  const open = new Map(loaded.models.map((model) => [model.directory, model]));
  const models = listed.map((listing): ShelfModel => {
    const { name, directory, source, weightBytes, saes, problem } = listing;
    const ref = refOf(listing);
    const card = installed.find(({ folder }) => folder === directory) ?? null;
    return {
      ...{ ref, name: source === 'folder' ? name : ref, directory, source, weightBytes },
      saeCount: saes,
      memory: listing.memory,
      problem: card?.problem ?? problem,
      installed: card,
      loaded: open.get(directory) ?? null,
      isDefault: isDefault({ ref, directory }, chosen),
    };
  });
  return {
    models: [...models, ...absent(models, installed)],
    unfinished,
    installed,
    residentBytes: loaded.residentBytes,
  };
}

/** SAEs of a model, each with its card when it was added. */
export async function readSaes(
  engine: Engine,
  model: ShelfModel,
  { installed }: Pick<ShelfState, 'installed'>,
): Promise<ShelfSae[]> {
  const directory = model.directory ?? folderOfSaes(model, installed);
  if (directory === null) return [];
  const [saes, sets] = await Promise.all([
    engine.request('model/saes', { directory }),
    engine.request('published/installed', {}),
  ]);
  const own = sets.filter((set) => nameOf(set.model) === nameOf(model.ref));
  return saes.map((sae) => ({
    sae,
    model,
    published: own.filter(({ families }) => sameFamilies(sae.id).some((family) => families.includes(family))),
    // A .pt file lies in the folder that was added.
    installed: installed.find(({ kind, folder }) => kind === 'sae' && isIn(sae.directory, folder)) ?? null,
  }));
}

/** GPT-2 small is one model under each of its names; a folder is called as it is. */
function nameOf(model: string): string {
  return modelNamed(model)?.id ?? basename(model);
}

function isIn(place: string, folder: string): boolean {
  return place === folder || place.startsWith(`${folder}${sep}`);
}

/** How a prompt or a setting names a model. */
export function refOf({ directory, source }: Pick<ModelListing, 'directory' | 'source'>): string {
  return source === 'folder' ? directory : basename(directory);
}

function isDefault(
  { ref, directory }: { readonly ref: string; readonly directory: string },
  chosen: string,
): boolean {
  if (chosen === '') return ref === EMBEDDED_MODEL;
  return (
    [ref, directory].includes(chosen) || [modelNamed(chosen)?.id, repositoryFolder(chosen)].includes(ref)
  );
}

/** Models whose SAEs were added and which were not. */
function absent(models: readonly ShelfModel[], installed: readonly HubInstalled[]): ShelfModel[] {
  const there = new Set(models.flatMap(({ installed: card }) => (card ? [card.model] : [])));
  const names = installed
    .filter(({ kind, model }) => kind === 'sae' && !there.has(model))
    .map(({ model }) => model);
  return [...new Set(names)].map((name) => ({
    ...{ ref: name, name, directory: null, source: 'absent' as const, weightBytes: 0 },
    saeCount: names.filter((each) => each === name).length,
    ...{ memory: null, problem: null, installed: null, loaded: null, isDefault: false },
  }));
}

function folderOfSaes({ ref }: ShelfModel, installed: readonly HubInstalled[]): string | null {
  const folder = installed.find(({ kind, model }) => kind === 'sae' && model === ref)?.folder;
  return folder === undefined ? null : vscode.Uri.joinPath(vscode.Uri.file(folder), '..', '..').fsPath;
}
