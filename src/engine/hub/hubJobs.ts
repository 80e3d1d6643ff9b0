import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { textOfInstalled } from '../../core/hub/installedText.ts';
import { modelNamed } from '../../core/hub/models.ts';
import type { EngineHub, HubInstalled, HubUnfinished } from '../../protocol/hubContract.ts';
import type { Handlers, JobContext } from '../../protocol/rpc.ts';
import { systemClock, type Clock } from '../../runtime/clock.ts';
import { makeFolder } from '../../runtime/files/disk.ts';
import { isLocked, withLock } from '../../runtime/files/lock.ts';
import type { DownloadPorts } from '../../runtime/hub/download.ts';
import { createHosts } from '../../runtime/hub/hosts.ts';
import { openHubCache } from '../../runtime/hub/hfCache.ts';
import { openHubHttp, type HubHttp } from '../../runtime/hub/hubHttp.ts';
import {
  hubFolders,
  installedFolders,
  removeFolder,
  type HubFolders,
  type InstalledFolder,
} from '../../runtime/hub/installed.ts';
import { readHubSettings, type HubSettings } from '../../runtime/hub/settings.ts';
import { cleanDownloads, unfinished, type Unfinished } from '../../runtime/hub/unfinished.ts';
import type { FolderSettings } from '../records/folders.ts';
import { addPlan } from './add.ts';
import { describePlan } from './describePlan.ts';
import type { Plan } from './plan.ts';
import { dropDamaged } from './recheck.ts';
import { resolveText } from './resolve.ts';
import type { LookPorts } from './snapshot.ts';

export interface HubJobsOptions {
  readonly folders: FolderSettings;
  readonly version: string;
  /** Read anew for every job. */
  readonly settings?: () => HubSettings;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly openFile?: DownloadPorts['openFile'];
  readonly freeBytes?: DownloadPorts['freeBytes'];
  /** Hears of a folder before it is removed and after it was mended: whoever has its files open lets go of them. */
  readonly onReplace?: (folder: string) => void;
}

/** A person waits for what is only looked up: fewer tries than for a download. */
const LOOK_TRIES = 4;

/** Jobs that find, add, list and remove models and SAEs. */
export function hubJobs(options: HubJobsOptions): Handlers<EngineHub> {
  const { clock = systemClock, random = Math.random, settings: read = readHubSettings } = options;
  const places = (): HubFolders => hubFolders(options.folders.get().storage);
  const policy = { clock, random };
  let cleaned: string | null = null;
  /** Once: what a process that was killed left while it removed something. */
  const clean = async (): Promise<void> => {
    const folders = places();
    if (cleaned === folders.models) return;
    cleaned = folders.models;
    await cleanDownloads(folders);
  };

  const withHosts = async <T>(
    query: { readonly model: string | null },
    job: JobContext,
    run: (look: LookPorts, http: HubHttp) => Promise<T>,
  ): Promise<T> => {
    const settings = read();
    const http = openHubHttp({ settings, clock, version: options.version });
    try {
      const hosts = createHosts({ http, settings, policy: { ...policy, tries: LOOK_TRIES } });
      const cache = openHubCache(settings.cacheFolder);
      const installed = await installedFolders(places());
      return await run({ hosts, cache, settings, signal: job.signal, installed, model: query.model }, http);
    } finally {
      await http.close();
    }
  };

  return {
    'hub/find': (query, job) =>
      withHosts(query, job, async (look) => {
        const resolved = await resolveText(query.text, look);
        if (resolved.kind === 'choices') return { found: null, choices: resolved.choices };
        return { found: await describePlan(resolved.plan, places()), choices: [] };
      }),
    'hub/add': (query, job) =>
      withHosts(query, job, async (look, http) => {
        const plan = await thePlan(query.text, look);
        const { openFile, freeBytes } = options;
        const ports: DownloadPorts = {
          http,
          policy,
          ...(openFile ? { openFile } : {}),
          ...(freeBytes ? { freeBytes } : {}),
        };
        const added = await addPlan(plan, places(), ports, job);
        // What is open of it was read from files that were replaced.
        if (look.installed.some(({ folder }) => folder === added.folder)) options.onReplace?.(added.folder);
        return describeInstalled(added);
      }),
    'hub/unfinished': async () => (await unfinished(places())).map(describeUnfinished),
    'hub/installed': async () => {
      await clean();
      return (await installedFolders(places())).map(describeInstalled);
    },
    'hub/recheck': ({ id }, job) => recheck(id, places(), { ...options, clock, job }),
    'hub/remove': async ({ id }) => {
      await clean();
      return remove(id, places(), options.onReplace);
    },
  };
}

/** @throws hub/several */
async function thePlan(text: string, look: LookPorts): Promise<Plan> {
  const resolved = await resolveText(text, look);
  if (resolved.kind === 'plan') return resolved.plan;
  const names = resolved.choices.map(({ id }) => id);
  throw new InterpError('hub/several', `${resolved.of} holds several SAEs: ${names.join(', ')}.`, {
    data: { count: names.length },
  });
}

function describeInstalled(installed: InstalledFolder): HubInstalled {
  const { sae, ...rest } = installed;
  const id = sae === null ? installed.model : `${installed.model}/${sae}`;
  return { ...rest, id, text: textOfInstalled(installed) };
}

function describeUnfinished({ sae, ...rest }: Unfinished): HubUnfinished {
  const { kind, title, model, text, bytes, totalBytes, isRunning } = rest;
  const id = sae === null ? model : `${model}/${sae}`;
  return { kind, id, title, model, text, bytes, totalBytes, isRunning };
}

/** While nobody adds it. @throws hub/not-installed, hub/busy, cancelled */
async function recheck(
  id: string,
  folders: HubFolders,
  {
    clock,
    job,
    onReplace,
  }: Pick<HubJobsOptions, 'onReplace'> & { readonly clock: Clock; readonly job: JobContext },
): Promise<HubInstalled> {
  const found = (await installedFolders(folders)).find((each) => describeInstalled(each).id === id);
  if (!found) throw notInstalled(id);
  const { folder, model, sae } = found;
  const lock = folders.lock(keyOf(model, sae));
  await makeFolder(dirname(lock));
  const waiting = { done: 0, total: 1, message: 'Another window is adding it; waiting' };
  const how = { clock, signal: job.signal, onWait: () => job.progress(waiting) };
  const dropped = await withLock(lock, how, () => dropDamaged(found, job));
  if (dropped.length > 0) onReplace?.(folder);
  const now = (await installedFolders(folders)).find((each) => each.folder === folder);
  return describeInstalled(now ?? found);
}

/** By id, by a name that people type, or by folder. What is here of an unfinished one goes too. */
async function remove(
  id: string,
  folders: HubFolders,
  onReplace: HubJobsOptions['onReplace'],
): Promise<{ bytes: number }> {
  const [first = '', ...rest] = id.split('/');
  const name = [modelNamed(id)?.id ?? modelNamed(first)?.id ?? first, ...(modelNamed(id) ? [] : rest)].join(
    '/',
  );
  const all = await installedFolders(folders);
  const found = all.find((each) => each.folder === id || describeInstalled(each).id === name);
  const [model = '', ...sae] = name.split('/');
  const key = keyOf(model, sae.length === 0 ? null : sae.join('/'));
  const begun = await removeBegun(folders, key);
  if (!found && !begun) throw notInstalled(id);
  if (!found) return { bytes: 0 };
  const inside = all.filter(
    ({ folder }) => folder === found.folder || folder.startsWith(join(found.folder, 'saes')),
  );
  onReplace?.(found.folder);
  await removeFolder(folders, found.folder);
  return { bytes: inside.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Name of what is fetched of it, and of its lock: as `placesOf` has it. */
function keyOf(model: string, sae: string | null): string {
  return sae === null ? `model-${model}` : `sae-${model}-${sae}`;
}

function notInstalled(id: string): InterpError {
  return new InterpError('hub/not-installed', `"${id}" is not installed.`, { data: { id } });
}

async function removeBegun(folders: HubFolders, key: string): Promise<boolean> {
  if (!/^[\w.+@=,()[\] -]+$/.test(key)) return false;
  const staging = folders.staging(key);
  if (await isLocked(folders.lock(key))) {
    throw new InterpError('hub/busy', 'It is being added right now.', { data: { key } });
  }
  const isThere = await stat(staging).then(
    () => true,
    () => false,
  );
  await rm(staging, { recursive: true, force: true });
  return isThere;
}
