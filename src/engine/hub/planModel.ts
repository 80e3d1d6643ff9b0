import { InterpError } from '../../core/errors.ts';
import { repositoryFolder } from '../../core/hub/fileName.ts';
import type { KnownModel } from '../../core/hub/models.ts';
import { modelFiles, type ListedFile } from '../../core/hub/repositoryFiles.ts';
import { parseJsonObject } from '../../core/json.ts';
import { parseModelConfig } from '../../core/model/parseConfig.ts';
import type { Plan, PlanFile } from './plan.ts';
import { openSnapshot, planFiles, readPlanned, type LookPorts, type Snapshot } from './snapshot.ts';

/** A model that is known by name. A revision that was typed is taken as the host has it, without pins. */
export async function planKnownModel(
  model: KnownModel,
  typedRevision: string | null,
  ports: LookPorts,
): Promise<Plan> {
  const pins = typedRevision === null ? model.pinned : [];
  // A cache that was filled from `main` may hold the very files of the pinned commit.
  const revisions = typedRevision === null ? [model.revision, 'main'] : [typedRevision];
  const isEnough = (listing: readonly ListedFile[]): boolean =>
    isWholeModel(listing) &&
    pins.every(({ path, bytes, sha256 }) => {
      const file = listing.find((each) => each.path === path);
      if (!file) return path === 'tokenizer.json';
      return file.bytes === bytes && (sha256 === null || file.sha256 === null || file.sha256 === sha256);
    });
  const snapshot = await openSnapshot(model.repository, [...new Set(revisions)], ports, isEnough);
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

/** A model of any other repository. Its configuration is read first: another architecture is not downloaded. */
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

/** @throws model/unsupported, model/bad-config */
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
  if (hasTokenizer(files.map(({ path }) => path))) return;
  throw new InterpError(
    'tokenizer/missing',
    `${name} has neither tokenizer.json nor vocab.json with merges.txt.`,
    {
      data: { repository: name },
    },
  );
}

export function sourceOf({ repository }: Pick<Snapshot, 'repository'>, { settings }: LookPorts): string {
  return `${settings.endpoint}/${repository}`;
}

export function cachedNotes({ isCached }: Snapshot): string[] {
  return isCached ? ["Found in Hugging Face's cache; its host was not asked for a licence."] : [];
}

/** Whether a listing has all of a model. */
export function isWholeModel(listing: readonly ListedFile[]): boolean {
  return modelFiles(listing, '') !== null && hasTokenizer(listing.map(({ path }) => path));
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
