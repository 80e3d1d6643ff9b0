import { basename } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { safeName } from '../../core/hub/fileName.ts';
import { modelNamed } from '../../core/hub/models.ts';
import type { PublishedSae } from '../../core/hub/publishedSae.ts';
import { releaseNamed } from '../../core/hub/releases.ts';
import { ptFiles, saeFiles, type ListedFile, type SaeFolderFiles } from '../../core/hub/repositoryFiles.ts';
import { isJsonObject, parseJsonObject, type JsonObject } from '../../core/json.ts';
import type { Plan, PlanFile, PlanSae, WantedSae } from './plan.ts';
import { cachedNotes, sourceOf } from './planModel.ts';
import { openSnapshot, planFiles, readPlanned, type LookPorts, type Snapshot } from './snapshot.ts';

/** Names longer than this are cut: a path of Windows has 260 characters. */
const LONGEST_NAME = 80;

/** A SAE of the table. */
export async function planPublishedSae(
  { sae, latent, revision }: WantedSae,
  ports: LookPorts,
): Promise<Plan> {
  const id = `${sae.release}/${sae.name}${revision === undefined ? '' : `@${revision}`}`;
  const common = { kind: 'sae', id, model: sae.model, latent } as const;
  const release = releaseNamed(sae.release);
  const title = `${release?.title ?? sae.release}: ${sae.name}`;
  const licence = release?.licence ?? null;
  if (sae.files.host === 'openai') {
    const { url } = sae.files;
    const file = await planBlob(url, ports);
    const own = { ...detailsOf(sae), layout: 'pt', weights: file.path, config: null } as const;
    return { ...common, title, licence, sae: own, source: url, revision: null, files: [file], notes: [] };
  }
  const { repository, paths } = sae.files;
  const select = (listing: readonly ListedFile[]): SaeFolderFiles | null =>
    'folder' in paths ? saeFiles(listing, paths.folder) : ptFiles(listing, paths.weights);
  const snapshot = await openSnapshot(
    repository,
    [revision ?? 'main'],
    ports,
    (listing) => select(listing) !== null,
  );
  const files = select(snapshot.listing);
  if (!files) {
    const where = 'folder' in paths ? paths.folder : paths.weights;
    throw new InterpError('hub/not-found', `${snapshot.repository} holds no SAE at ${where}.`, {
      data: { repository, path: where },
    });
  }
  const planned = await planFiles(snapshot, files.files, ports);
  return {
    ...common,
    title,
    licence: snapshot.licence ?? licence,
    sae: { ...detailsOf(sae), ...partsOf(files, planned) },
    source: `${sourceOf(snapshot, ports)}/${'folder' in paths ? paths.folder : paths.weights}`,
    revision: snapshot.commit,
    files: planned,
    notes: cachedNotes(snapshot),
  };
}

/** A SAE of any other repository. */
export async function planRepositorySae(
  snapshot: Snapshot,
  files: SaeFolderFiles,
  ports: LookPorts,
): Promise<Plan> {
  const planned = await planFiles(snapshot, files.files, ports);
  const path = files.layout === 'pt' ? (files.files.at(-1)?.path ?? '') : files.folder;
  const name = [snapshot.repository, ...(path === '' ? [] : [path])].join('/');
  const described = await describe(files, planned, { name, ports });
  return {
    kind: 'sae',
    id: `${snapshot.repository}@${snapshot.commit}${path === '' ? '' : `/${path}`}`,
    title: name,
    ...described,
    source: `${sourceOf(snapshot, ports)}${path === '' ? '' : `/${path}`}`,
    revision: snapshot.commit,
    licence: snapshot.licence,
    files: planned,
    latent: null,
    notes: cachedNotes(snapshot),
  };
}

/** A `.pt` file of OpenAI's storage that is in no table. */
export async function planUnlistedBlob(url: string, ports: LookPorts): Promise<Plan> {
  const file = await planBlob(url, ports);
  const [, subject = '', place = ''] = /sparse-autoencoder\/([^/]+)\/(.+)\.pt$/.exec(url) ?? [];
  const model = ports.model ?? modelNamed(subject)?.id;
  if (model === undefined) throw noModel(url);
  const sae: PlanSae = {
    name: folderName(place.replace('autoencoders/', '')),
    published: null,
    layout: 'pt',
    weights: file.path,
    config: null,
    hook_name: null,
    d_sae: null,
  };
  const common = { kind: 'sae', id: url, title: place, model, sae, source: url } as const;
  return { ...common, revision: null, licence: null, files: [file], latent: null, notes: [] };
}

/** Model, place and shape of a SAE that is in no table, as its configuration says. */
export async function describe(
  files: SaeFolderFiles,
  planned: readonly PlanFile[],
  of: { readonly name: string; readonly ports: LookPorts },
): Promise<{ model: string; sae: PlanSae }> {
  const parts = partsOf(files, planned);
  const config = planned.find(({ path }) => path === parts.config);
  const file = `${parts.config ?? ''} of ${of.name}`;
  const json = config
    ? parseJsonObject(await readPlanned(config, of.ports), { file, code: 'sae/malformed' })
    : {};
  const stated = textAt(json, 'model_name', 'lm_name', 'model');
  const model = of.ports.model ?? (stated === null ? undefined : modelNamed(stated)?.id);
  if (model === undefined) throw noModel(of.name, stated);
  const sae: PlanSae = {
    ...parts,
    name: folderName(of.name),
    published: null,
    hook_name: textAt(json, 'hook_name', 'hook_point', 'act_name'),
    d_sae: numberAt(json, 'd_sae', 'num_latents', 'dict_size'),
  };
  return { model: modelNamed(model)?.id ?? safeName(model), sae };
}

async function planBlob(url: string, { hosts, settings, signal }: LookPorts): Promise<PlanFile> {
  const asked = hosts.blobUrl(url);
  const none = { bytes: null, digest: null };
  const { bytes, digest } = settings.isOffline ? none : await hosts.probe(asked, signal);
  return {
    path: safeName(basename(new URL(url).pathname)),
    bytes,
    from: { kind: 'remote', url: asked },
    pinned: { bytes: null, sha256: null },
    listed: { bytes, digest },
  };
}

function detailsOf(published: PublishedSae): Pick<PlanSae, 'name' | 'published' | 'hook_name' | 'd_sae'> {
  const { id, hook_name, d_sae } = published;
  return { name: safeName(id), published, hook_name, d_sae };
}

/** Files come configuration first, weights last. */
function partsOf(
  { layout, files }: SaeFolderFiles,
  planned: readonly PlanFile[],
): Pick<PlanSae, 'layout' | 'weights' | 'config'> {
  const config = files.length > 1 ? (planned[0]?.path ?? null) : null;
  return { layout, weights: planned.at(-1)?.path ?? '', config };
}

function folderName(name: string): string {
  return safeName(name.replaceAll('/', '--')).slice(-LONGEST_NAME);
}

/** The first of the keys that is there, at the top, in `metadata` or in `trainer`. */
function at(json: JsonObject, keys: readonly string[]): unknown {
  const inner = ['metadata', 'trainer'].map((key) => json[key]).filter(isJsonObject);
  for (const object of [json, ...inner]) {
    for (const key of keys) if (Object.hasOwn(object, key)) return object[key];
  }
  return null;
}

function textAt(json: JsonObject, ...keys: readonly string[]): string | null {
  const value = at(json, keys);
  return typeof value === 'string' ? value : null;
}

function numberAt(json: JsonObject, ...keys: readonly string[]): number | null {
  const value = at(json, keys);
  return typeof value === 'number' ? value : null;
}

function noModel(name: string, stated: string | null = null): InterpError {
  const said = stated === null ? 'It names none.' : `It names "${stated}", which is not known here.`;
  return new InterpError('hub/no-model', `Which model does ${name} belong to? ${said}`, { data: { name } });
}
