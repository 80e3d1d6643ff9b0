import { join } from 'node:path';
import type { HubFile, HubFound, HubSae } from '../../protocol/hubContract.ts';
import { freeBytes } from '../../runtime/files/disk.ts';
import { installedFolders, type HubFolders, type InstalledFolder } from '../../runtime/hub/installed.ts';
import { bytesHere } from '../../runtime/hub/part.ts';
import { keptFile } from './keptFile.ts';
import type { Plan, PlanFile, PlanSae } from './plan.ts';

/** Where a plan's things lie. */
export interface PlanPlaces {
  readonly target: string;
  /** Name of what is fetched and of its lock. */
  readonly key: string;
  readonly staging: string;
  /** The very thing, whole. */
  readonly installed: InstalledFolder | null;
  /** What lies there from the same source and is not: of another version, or not whole any more. */
  readonly old: InstalledFolder | null;
}

/** A folder of that name that came from elsewhere is not touched: the plan's gets a number. */
export async function placesOf(plan: Plan, folders: HubFolders): Promise<PlanPlaces> {
  const all = await installedFolders(folders);
  const { kind, model, sae } = plan;
  for (let copy = 1; ; copy++) {
    const suffix = copy === 1 ? '' : `_${copy}`;
    const name = (sae?.name ?? model) + suffix;
    const target = sae ? folders.sae(model, name) : folders.model(name);
    const key = sae ? `sae-${model}-${name}` : `model-${name}`;
    const there = all.find((each) => each.folder === target) ?? null;
    if (there !== null && there.source !== plan.source) continue;
    const installed = there?.kind === kind && isSameVersion(there, plan) ? there : null;
    const old = installed === null && there?.kind === kind ? there : null;
    return { target, key, staging: folders.staging(key), installed, old };
  }
}

/** What a person is shown before anything is done. */
export async function describePlan(plan: Plan, folders: HubFolders): Promise<HubFound> {
  const places = await placesOf(plan, folders);
  const { installed, target, staging, old } = places;
  const files: HubFile[] = [];
  let downloadBytes = 0;
  for (const file of plan.files) {
    const kept = await keptFile(file, old);
    const here =
      file.from.kind === 'remote' ? (kept?.bytes ?? (await bytesHere(join(staging, file.path)))) : 0;
    if (file.from.kind === 'remote' && !installed) downloadBytes += Math.max(0, (file.bytes ?? 0) - here);
    files.push({
      path: file.path,
      bytes: file.bytes,
      sha256: file.pinned.sha256 ?? (file.listed.digest?.kind === 'sha256' ? file.listed.digest.hex : null),
      state: stateOf(file, here),
    });
  }
  const { kind, id, title, model, source, revision, licence } = plan;
  return {
    ...{ kind, id, title, model, source, revision, licence, files, downloadBytes },
    bytes: plan.files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    freeBytes: await freeBytes(target),
    folder: target,
    isInstalled: installed !== null,
    sae: plan.sae ? saeOf(plan.sae) : null,
    unit: plan.sae && plan.latent !== null ? `${plan.sae.name}/${plan.latent}` : null,
    notes: [...plan.notes, ...(await missingModel(plan, folders))],
  };
}

/** Installed from the same commit, and whole. Folders of this machine and blobs have no commit. */
function isSameVersion({ revision, problem }: InstalledFolder, plan: Plan): boolean {
  return problem === null && revision === plan.revision;
}

function stateOf({ from, bytes }: PlanFile, here: number): HubFile['state'] {
  if (from.kind !== 'remote') return from.kind;
  if (here === 0) return 'absent';
  return here === bytes ? 'fetched' : 'partial';
}

function saeOf({ name, published, hook_name, d_sae }: PlanSae): HubSae {
  return {
    id: name,
    release: published?.release ?? null,
    hook_name,
    d_sae,
    center: published?.preprocessing.center ?? false,
    scale: published?.preprocessing.scale ?? null,
    prepend_bos: published?.preprocessing.prepend_bos ?? null,
    context_size: published?.preprocessing.context_size ?? null,
    l0: published?.l0 ?? null,
    explained_variance: published?.explained_variance ?? null,
    neuronpedia: published?.neuronpedia ?? null,
  };
}

async function missingModel({ kind, model }: Plan, folders: HubFolders): Promise<string[]> {
  if (kind === 'model') return [];
  const all = await installedFolders(folders);
  const isHere = all.some((each) => each.kind === 'model' && each.model === model);
  return isHere ? [] : [`Its model ${model} is not installed yet.`];
}
