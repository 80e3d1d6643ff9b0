import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { safeName } from '../../core/hub/fileName.ts';
import { parseTarget } from '../../core/hub/parseTarget.ts';
import {
  modelFiles,
  ptFiles,
  saeFiles,
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
      const here = planInstalledSae(target, ports.installed);
      return { kind: 'plan', plan: here ?? (await planPublishedSae(target, ports)) };
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

/** A folder of this machine, or the one whose weights file was named; of several `.pt` files the named one. */
async function resolveFolder(typed: string, ports: LookPorts): Promise<Resolved> {
  const path = resolve(typed.replace(/^~(?=[/\\]|$)/, homedir()));
  const weights = (await isFile(path)) ? basename(path) : null;
  if (weights === null && !(await isDirectory(path))) {
    throw new InterpError('file/not-found', `${path} does not exist.`, { data: { file: path } });
  }
  const folder = weights === null ? path : dirname(path);
  const listing = await localListing(folder);
  const common = {
    id: path,
    title: path,
    source: path,
    revision: null,
    licence: null,
    latent: null,
    notes: [],
  };
  const model = weights?.endsWith('.pt') ? null : modelFiles(listing, '');
  if (model && holds(model, weights)) {
    const files = localFiles(placed(listing, model));
    await assertRunnable(files, path, ports);
    return {
      kind: 'plan',
      plan: { ...common, kind: 'model', model: safeName(basename(folder)), sae: null, files },
    };
  }
  const saes = weights === null ? saesBelow(listing, '') : saesOf(listing, weights);
  const [only] = saes;
  if (!only) throw nothing(path);
  if (saes.length > 1) {
    const choices = saes.map((sae) => choiceOf(sae, join(path, sae.folder)));
    return { kind: 'choices', of: path, choices };
  }
  const files = localFiles(placed(listing, only.files));
  const name = only.layout === 'pt' ? basename(path) : basename(join(folder, only.folder));
  return {
    kind: 'plan',
    plan: { ...common, kind: 'sae', ...(await describe(only, files, { name, ports })), files },
  };
}

/** The SAE that a weights file of a folder is of. */
function saesOf(listing: readonly ListedFile[], weights: string): SaeFolderFiles[] {
  const here = saeFiles(listing, '');
  const found = here && holds(here.files, weights) ? here : ptFiles(listing, weights);
  return found ? [found] : [];
}

function holds(files: readonly ListedFile[], weights: string | null): boolean {
  return weights === null || files.some(({ path }) => path === weights);
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
