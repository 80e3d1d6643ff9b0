import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { safeName } from '../../core/hub/fileName.ts';
import { parseTarget } from '../../core/hub/parseTarget.ts';
import {
  modelFiles,
  ptFiles,
  saesBelow,
  type ListedFile,
  type SaeFolderFiles,
} from '../../core/hub/repositoryFiles.ts';
import type { SaeRelease } from '../../core/hub/publishedSae.ts';
import type { HubPlace } from '../../core/hub/target.ts';
import type { HubChoice } from '../../protocol/hubContract.ts';
import { isDirectory, isFile } from '../../runtime/files/fileByteSource.ts';
import { localListing, type LocalFile } from '../../runtime/hub/localListing.ts';
import type { Resolved } from './plan.ts';
import { planInstalledModel, planInstalledSae } from './planInstalled.ts';
import { assertRunnable, isWholeModel, planKnownModel, planRepositoryModel } from './planModel.ts';
import { describe, planPublishedSae, planRepositorySae, planUnlistedBlob } from './planSae.ts';
import { localFiles, openSnapshot, type LookPorts } from './snapshot.ts';

const BYTES_PER_FLOAT = 4;

/** What a typed text means, looked up where that is needed. @throws hub/*, file/not-found */
export async function resolveText(text: string, ports: LookPorts): Promise<Resolved> {
  const target = parseTarget(text, { endpoint: ports.settings.endpoint });
  switch (target.kind) {
    case 'model': {
      const { model, revision } = target;
      const here = revision === null ? planInstalledModel(model, ports.installed) : null;
      return { kind: 'plan', plan: here ?? (await planKnownModel(model, revision, ports)) };
    }
    case 'sae': {
      const { sae, latent } = target;
      const here = planInstalledSae(sae, latent, ports.installed);
      return { kind: 'plan', plan: here ?? (await planPublishedSae(sae, latent, ports)) };
    }
    case 'release':
      return choicesOf(target.release);
    case 'blob':
      return { kind: 'plan', plan: await planUnlistedBlob(target.url, ports) };
    case 'repository':
      return resolveRepository(target.place, ports);
    case 'folder':
      return resolveFolder(target.path, ports);
  }
}

function choicesOf({ id, saes }: SaeRelease): Resolved {
  const choices = saes.map(({ release, name, hook_name, d_in, d_sae }): HubChoice => ({
    id: `${release}/${name}`,
    title: `${hook_name}${d_sae === null ? '' : `, ${d_sae} latents`}`,
    bytes: d_sae === null ? null : 2 * d_in * d_sae * BYTES_PER_FLOAT,
  }));
  return { kind: 'choices', of: id, choices };
}

async function resolveRepository(
  { repository, revision, path }: HubPlace,
  ports: LookPorts,
): Promise<Resolved> {
  const snapshot = await openSnapshot(
    repository,
    [revision],
    ports,
    // Of SAEs, a cache tells only which it has: the host is asked unless one was named.
    (listing) => (path === '' ? isWholeModel(listing, ports) : saesAt(listing, path).length === 1),
  );
  const model = modelFiles(snapshot.listing, path);
  if (model) return { kind: 'plan', plan: await planRepositoryModel(snapshot, model, ports) };
  const saes = saesAt(snapshot.listing, path);
  const [only] = saes;
  const name = `${snapshot.repository}${path === '' ? '' : `/${path}`}`;
  if (!only) throw nothing(name);
  if (saes.length === 1) return { kind: 'plan', plan: await planRepositorySae(snapshot, only, ports) };
  const choices = saes.map((sae) => choiceOf(sae, `${snapshot.repository}@${revision}/${sae.folder}`));
  return { kind: 'choices', of: name, choices };
}

/** A folder, or a `.pt` file, of this machine. */
async function resolveFolder(typed: string, ports: LookPorts): Promise<Resolved> {
  const path = resolve(typed.replace(/^~(?=[/\\]|$)/, homedir()));
  const isPt = path.endsWith('.pt') && (await isFile(path));
  if (!isPt && (await isFile(path))) throw nothing(path);
  if (!isPt && !(await isDirectory(path))) {
    throw new InterpError('file/not-found', `${path} does not exist.`, { data: { file: path } });
  }
  const listing = await localListing(isPt ? dirname(path) : path);
  const common = {
    id: path,
    title: path,
    source: path,
    revision: null,
    licence: null,
    latent: null,
    notes: [],
  };
  const model = isPt ? null : modelFiles(listing, '');
  if (model) {
    const files = localFiles(placed(listing, model));
    await assertRunnable(files, path, ports);
    return {
      kind: 'plan',
      plan: { ...common, kind: 'model', model: safeName(basename(path)), sae: null, files },
    };
  }
  const saes = isPt ? [ptFiles(listing, basename(path))].flatMap((sae) => sae ?? []) : saesBelow(listing, '');
  const [only] = saes;
  if (!only) throw nothing(path);
  if (saes.length > 1) {
    const choices = saes.map((sae) => choiceOf(sae, join(path, sae.folder)));
    return { kind: 'choices', of: path, choices };
  }
  const files = localFiles(placed(listing, only.files));
  const name = isPt ? basename(path) : basename(join(path, only.folder));
  return {
    kind: 'plan',
    plan: { ...common, kind: 'sae', ...(await describe(only, files, { name, ports })), files },
  };
}

/** The chosen files with their real places, in the order in which they were chosen. */
function placed(listing: readonly LocalFile[], chosen: readonly ListedFile[]): LocalFile[] {
  return chosen.flatMap(({ path }) => listing.find((file) => file.path === path) ?? []);
}

function saesAt(listing: readonly ListedFile[], path: string): SaeFolderFiles[] {
  const named = ptFiles(listing, path);
  return named ? [named] : saesBelow(listing, path);
}

function choiceOf({ folder, layout, files }: SaeFolderFiles, id: string): HubChoice {
  return { id, title: `${folder} (${layout})`, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function nothing(name: string): InterpError {
  return new InterpError('hub/unsupported', `${name} holds neither a model nor a SAE.`, { data: { name } });
}
