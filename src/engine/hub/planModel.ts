import { InterpError, isInterpError, type ErrorCode } from '../../core/errors.ts';
import { repositoryFolder } from '../../core/hub/fileName.ts';
import type { KnownModel } from '../../core/hub/models.ts';
import { modelFiles, type ListedFile } from '../../core/hub/repositoryFiles.ts';
import { parseJsonObject } from '../../core/json.ts';
import { parseModelConfig } from '../../core/model/parseConfig.ts';
import { assertTorchStart, TORCH_START_BYTES } from '../../core/weights/torchFile.ts';
import type { LocalFile } from '../../runtime/hub/localListing.ts';
import type { Plan, PlanFile } from './plan.ts';
import {
  localFiles,
  openSnapshot,
  planFiles,
  readPlanned,
  readStart,
  type LookPorts,
  type Snapshot,
} from './snapshot.ts';

/** What says that weights are in a form that is not read. */
const REFUSED: ReadonlySet<ErrorCode> = new Set([
  'hub/unsupported',
  'weights/unsupported',
  'weights/malformed',
]);

/** A model that is known by name. A revision that was typed is taken as the host has it, without pins. */
export async function planKnownModel(
  model: KnownModel,
  typedRevision: string | null,
  ports: LookPorts,
): Promise<Plan> {
  const pins = typedRevision === null ? model.pinned : [];
  // A cache that was filled from `main` may hold the very files of the pinned commit.
  const revisions = typedRevision === null ? [model.revision, 'main'] : [typedRevision];
  const isEnough = async (listing: readonly LocalFile[]): Promise<boolean> =>
    (await isWholeModel(listing, ports)) &&
    pins.every(({ path, bytes, sha256 }) => {
      const file = listing.find((each) => each.path === path);
      if (!file) return path === 'tokenizer.json';
      return file.bytes === bytes && (sha256 === null || file.sha256 === null || file.sha256 === sha256);
    });
  const snapshot = await openSnapshot(model.repository, [...new Set(revisions)], ports, isEnough).catch(
    (error: unknown) => {
      throw isAbsentPin(error, revisions[0]) ? absentPin(model, ports, error) : error;
    },
  );
  const files = modelFiles(snapshot.listing, '');
  if (!files) throw noModel(snapshot.repository);
  return {
    kind: 'model',
    id: typedRevision === null ? model.id : `${model.id}@${typedRevision}`,
    title: model.title,
    model: model.id,
    sae: null,
    source: sourceOf(snapshot, ports),
    revision: snapshot.commit,
    licence: model.licence,
    files: await planFiles(snapshot, files, ports, pins),
    latent: null,
    notes: [],
  };
}

/** A mirror may hold other commits than the one that is pinned. */
function isAbsentPin(error: unknown, revision: string | undefined): boolean {
  if (!isInterpError(error, 'hub/not-found') || error.data['stated'] === 'RepoNotFound') return false;
  return /^[0-9a-f]{40}$/.test(revision ?? '');
}

function absentPin(
  { id, repository, revision }: KnownModel,
  { settings }: LookPorts,
  cause: unknown,
): InterpError {
  const host = new URL(settings.endpoint).host;
  return new InterpError(
    'hub/no-commit',
    `${host} does not have ${repository} at ${revision}, the commit whose contents are known here. "${id}@main" takes what it has, compared with what it states alone.`,
    { data: { repository, revision }, cause },
  );
}

/**
 * A model of any other repository. Its configuration and the first bytes of PyTorch's files are read first: another
 * architecture, or a form that is not read, is not downloaded.
 */
export async function planRepositoryModel(
  snapshot: Snapshot,
  files: readonly ListedFile[],
  ports: LookPorts,
): Promise<Plan> {
  const planned = await planFiles(snapshot, files, ports);
  await assertRunnable(planned, snapshot.repository, ports);
  return {
    kind: 'model',
    id: `${snapshot.repository}@${snapshot.commit}`,
    title: snapshot.repository,
    model: repositoryFolder(snapshot.repository),
    sae: null,
    source: sourceOf(snapshot, ports),
    revision: snapshot.commit,
    licence: snapshot.licence,
    files: planned,
    latent: null,
    notes: cachedNotes(snapshot),
  };
}

/** @throws model/unsupported, model/bad-config, tokenizer/missing, weights/unsupported, weights/malformed */
export async function assertRunnable(
  files: readonly PlanFile[],
  name: string,
  ports: LookPorts,
): Promise<void> {
  const config = files.find(({ path }) => path === 'config.json');
  if (!config) throw noModel(name);
  const file = `config.json of ${name}`;
  const json = parseJsonObject(await readPlanned(config, ports), { file, code: 'model/bad-config' });
  parseModelConfig(json, { file });
  if (!hasTokenizer(files.map(({ path }) => path))) {
    const message = `${name} has neither tokenizer.json nor vocab.json with merges.txt.`;
    throw new InterpError('tokenizer/missing', message, { data: { repository: name } });
  }
  await assertTorchStarts(files, name, ports);
}

async function assertTorchStarts(files: readonly PlanFile[], name: string, ports: LookPorts): Promise<void> {
  for (const file of files.filter(({ path }) => path.endsWith('.bin'))) {
    assertTorchStart(await readStart(file, TORCH_START_BYTES, ports), `${file.path} of ${name}`);
  }
}

export function sourceOf({ repository }: Pick<Snapshot, 'repository'>, { settings }: LookPorts): string {
  return `${settings.endpoint}/${repository}`;
}

export function cachedNotes({ isCached }: Snapshot): string[] {
  return isCached ? ["Found in Hugging Face's cache; its host was not asked for a licence."] : [];
}

/**
 * Whether a folder of the cache has all of a model, in a form that is read. With a host to ask, what it has otherwise is
 * not enough: there may be safetensors.
 */
export async function isWholeModel(listing: readonly LocalFile[], ports: LookPorts): Promise<boolean> {
  if (!hasTokenizer(listing.map(({ path }) => path))) return false;
  try {
    const files = modelFiles(listing, '');
    if (files !== null && !ports.settings.isOffline) await assertTorchStarts(localFiles(files), '', ports);
    return files !== null;
  } catch (error) {
    const isRefused = error instanceof InterpError && REFUSED.has(error.code);
    if (isRefused && !ports.settings.isOffline) return false;
    throw error;
  }
}

function hasTokenizer(paths: readonly string[]): boolean {
  return paths.includes('tokenizer.json') || (paths.includes('vocab.json') && paths.includes('merges.txt'));
}

function noModel(name: string): InterpError {
  return new InterpError(
    'hub/unsupported',
    `${name} holds no model: config.json and weights are not both there.`,
    {
      data: { repository: name },
    },
  );
}
