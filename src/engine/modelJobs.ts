import { basename, isAbsolute, join } from 'node:path';
import { InterpError } from '../core/errors.ts';
import { isRepositoryName, repositoryFolder } from '../core/hub/fileName.ts';
import { modelNamed } from '../core/hub/models.ts';
import { encoderBytes, estimateMemory } from '../core/analysis/memory.ts';
import type { PrepackChoice } from '../core/speed.ts';
import type { EngineContract, ModelListing } from '../protocol/engineContract.ts';
import type { EngineModels, Loaded, LoadedModel } from '../protocol/modelsContract.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { readDetached, setDetached } from '../runtime/files/detachedSaes.ts';
import { isFile } from '../runtime/files/fileByteSource.ts';
import { listModels } from '../runtime/files/listModels.ts';
import { hubFolders } from '../runtime/hub/installed.ts';
import { readHealth } from './healthFile.ts';
import { freeBytes } from './memory.ts';
import type { Models } from './models.ts';
import { modelMemory } from './modelMemory.ts';
import { chooseSaes, listModelSaes } from './modelSaes.ts';
import type { OpenModel } from './openModel.ts';
import type { FolderSettings } from './records/folders.ts';
import { saeBytes } from './saeInfo.ts';

const PLAIN_NAME = /^(?!\.+$)[\w.-]+$/;

export interface ModelJobsOptions {
  readonly models: Models;
  readonly folders: FolderSettings;
  /** Folder of the embedded models. */
  readonly embedded: string;
  readonly prepack: PrepackChoice;
}

/** Jobs that find models and their SAEs on this machine, and open them. */
export function modelJobs({
  models,
  folders,
  embedded,
  prepack,
}: ModelJobsOptions): Handlers<EngineModels & Pick<EngineContract, 'model/list' | 'model/open'>> {
  const installed = (): string | null => (folders.isSet ? hubFolders(folders.storage()).models : null);
  const detached = async (): Promise<ReadonlySet<string>> =>
    folders.isSet ? readDetached(folders.storage()) : new Set();
  return {
    'model/list': async ({ folders: given }) =>
      listings({ embedded, installed: installed(), given, prepack, detached: await detached() }),
    'model/open': async (ref) => {
      const named = { embedded, installed: installed() };
      const directory = await resolveDirectory(ref.model, named);
      const of = { directory, detached: await detached(), installed: named.installed };
      const opened = await models.openRef({ ...ref, folders: await chooseSaes(ref.saes, of) }, directory);
      return opened.info;
    },
    'models/loaded': () => loaded(models),
    'model/saes': async ({ directory }) =>
      listModelSaes(
        directory,
        await detached(),
        folders.isSet ? await readHealth(folders.storage()) : new Map(),
      ),
    'sae/attach': async ({ directory, isAttached }) => {
      await setDetached(folders.storage(), directory, { isDetached: !isAttached });
      return null;
    },
  };
}

/** Folders in which models are found by name. */
interface NamedFolders {
  readonly embedded: string;
  /** Null = it was not told where. */
  readonly installed: string | null;
}

async function listings(
  from: NamedFolders & {
    readonly given: readonly string[];
    readonly prepack: PrepackChoice;
    readonly detached: ReadonlySet<string>;
  },
): Promise<ModelListing[]> {
  const list = async (folders: readonly string[], source: ModelListing['source']): Promise<ModelListing[]> =>
    Promise.all(
      (await listModels(folders)).map(async (model) => ({
        ...model,
        source,
        memory: model.problem === null ? await modelMemory(model.directory, from) : null,
      })),
    );
  return [
    ...(await list([from.embedded], 'embedded')),
    ...(await list(from.installed === null ? [] : [from.installed], 'installed')),
    ...(await list(from.given, 'folder')),
  ];
}

/** A name means an embedded model or one that was added, by its folder's name or its repository's; anything else must be an absolute path. */
async function resolveDirectory(model: string, { embedded, installed }: NamedFolders): Promise<string> {
  if (isAbsolute(model)) return model;
  const known = modelNamed(model)?.id;
  const isRepository = isRepositoryName(model);
  const names = [model, known ?? model, ...(isRepository ? [repositoryFolder(model)] : [])];
  for (const name of names.filter((each) => PLAIN_NAME.test(each))) {
    for (const folder of [join(embedded, name), ...(installed === null ? [] : [join(installed, name)])])
      if (await isFile(join(folder, 'config.json'))) return folder;
  }
  const here = isRepository && !known ? `${model} is neither a folder nor a model that was added.` : null;
  throw new InterpError('model/not-found', here ?? `The model ${known ?? model} is not installed.`, {
    data: { model, add: known ?? (PLAIN_NAME.test(model) ? null : model) },
  });
}

function loaded(models: Models): Loaded {
  return {
    residentBytes: process.memoryUsage.rss(),
    freeBytes: freeBytes(),
    models: models.open().map(loadedModel),
  };
}

function loadedModel({ info, checkpoint, plan, saes }: OpenModel): LoadedModel {
  const { policy, half } = plan;
  const { weights, mapped } = estimateMemory(checkpoint.config, { pos: 1, policy, half });
  const encoders = encoderBytes([...saes.values()], half);
  const { modelId, directory, mode, warnings } = info;
  const { n_layers, d_model, n_heads, d_mlp, n_ctx, d_vocab } = info;
  return {
    ...{ modelId, directory, mode, warnings },
    shape: { n_layers, d_model, n_heads, d_mlp, n_ctx, d_vocab },
    name: info.name || basename(directory),
    privateBytes: weights + encoders.own,
    mappedBytes: mapped + encoders.files,
    saes: [...saes.values()].map((sae) => ({
      id: sae.id,
      directory: sae.directory,
      bytes: saeBytes(sae),
    })),
  };
}
