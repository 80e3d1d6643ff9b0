import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { InterpError, isInterpError } from '../../core/errors.ts';
import { OPENAI_SETS } from '../../core/hub/published/openaiSets.ts';
import { whyOutdated } from '../../core/hub/published/outdated.ts';
import type { EnginePublished, PublishedImported, PublishedQuery } from '../../protocol/publishedContract.ts';
import type { Handlers, JobContext } from '../../protocol/rpc.ts';
import { systemClock } from '../../runtime/clock.ts';
import { openPack } from '../../runtime/explanations/pack.ts';
import {
  familiesIn,
  folderBytes,
  packFile,
  publishedFolder,
  SET_CARD,
  setFolders,
  type PackKind,
  type SetCard,
} from '../../runtime/explanations/publishedFolders.ts';
import { assertRoom, diskError, freeBytes, makeFolder } from '../../runtime/files/disk.ts';
import { isFile } from '../../runtime/files/fileByteSource.ts';
import { writeJson } from '../../runtime/files/jsonFile.ts';
import { isLocked, withLock } from '../../runtime/files/lock.ts';
import { createHosts } from '../../runtime/hub/hosts.ts';
import { openHubHttp, type HubHttp } from '../../runtime/hub/hubHttp.ts';
import type { RetryPolicy } from '../../runtime/hub/retrying.ts';
import { readHubSettings } from '../../runtime/hub/settings.ts';
import type { HubJobsOptions } from '../hub/hubJobs.ts';
import { describeImport, selectionOf, sizesOf } from './describe.ts';
import type { ImportPlan } from './importPlan.ts';
import { createIngest, type Ingest } from './ingest.ts';
import { fetchExports, readLocalFiles } from './lineFiles.ts';
import { resolvePublished, type ResolvePorts } from './resolve.ts';
import { fetchUnits } from './unitFiles.ts';

/** A person waits for what is only looked up: fewer tries than for a download. */
const LOOK_TRIES = 4;
/** Of what is downloaded, most is left out when records are not kept. */
const KEPT_SHARE = 0.5;
/** Of files of one unit each, whose windows are left out with the records. */
const WORDS_SHARE = 0.05;
/** Fewer files than this fit anywhere: their hosts are not asked for sizes. */
const MANY_FILES = 256;

const KINDS = ['words.jsonl', 'records'] as const satisfies readonly PackKind[];

interface Ports extends ResolvePorts {
  readonly http: HubHttp;
}

/** Jobs that find, import, list and remove what others published of units. */
export function publishedJobs(options: HubJobsOptions): Handlers<EnginePublished> {
  const { clock = systemClock, random = Math.random, settings: read = readHubSettings } = options;
  const storage = (): string => options.folders.get().storage;
  const policy = { clock, random };

  const withHosts = async <T>(job: JobContext, run: (ports: Ports) => Promise<T>): Promise<T> => {
    const settings = read();
    const http = openHubHttp({ settings, clock, version: options.version });
    try {
      const hosts = createHosts({ http, settings, policy: { ...policy, tries: LOOK_TRIES } });
      return await run({ hosts, settings, http, signal: job.signal });
    } finally {
      await http.close();
    }
  };

  return {
    'published/find': (query, job) =>
      withHosts(job, async (ports) => {
        const resolved = await resolvePublished(query, ports);
        if (resolved.kind === 'choices') return { found: null, choices: resolved.choices };
        return {
          found: await describeImport(resolved.plan, query, { ...ports, storage: storage() }),
          choices: [],
        };
      }),
    'published/import': (query, job) =>
      withHosts(job, async (ports) => {
        const plan = await thePlan(query, ports);
        const folder = publishedFolder(storage(), plan.model, plan.set.id);
        await makeFolder(dirname(folder));
        const lock = { clock, signal: job.signal, onWait: () => job.progress(WAITING) };
        const work = { query, ports, job, folder, policy, options };
        return withLock(lockOf(folder), lock, async () => {
          if (query.again) await dropFolder(folder);
          await makeFolder(folder);
          return importPlan(plan, work);
        });
      }),
    'published/installed': async () => {
      const all = await setFolders(storage(), null);
      return Promise.all(
        all.map(async ({ card, folder }) => {
          const { id, model, title, label, source, notes, added } = card;
          const [bytes, families] = [await folderBytes(folder), await familiesIn(folder)];
          const outdated = whyOutdated(card);
          return { id, model, title, label, source, notes, added, folder, bytes, families, outdated };
        }),
      );
    },
    'published/units': async ({ model, id }) => ({ units: await unitsIn(storage(), model, id) }),
    'published/remove': ({ model, id }) => remove(storage(), model, id),
  };
}

interface Work {
  readonly query: PublishedQuery;
  readonly ports: Ports;
  readonly job: JobContext;
  readonly folder: string;
  readonly policy: RetryPolicy;
  readonly options: HubJobsOptions;
}

/** What came is kept, however it ends. */
async function importPlan(plan: ImportPlan, work: Work): Promise<PublishedImported> {
  const { folder } = work;
  await assertPlanFits(plan, work);
  const records = plan.parts.includes('records');
  const ingest = createIngest({ folder, records, isWanted: plan.isWanted });
  const isNew = !(await isFile(join(folder, SET_CARD)));
  let isRefused = false;
  await writeCard(folder, plan);
  try {
    await takeIn(plan, ingest, work);
  } catch (error) {
    isRefused = isNew && isRefusal(error) && ingest.counts.explanations + ingest.counts.records === 0;
    throw error;
  } finally {
    await ingest.close();
    // Of what held nothing, no empty set is left in the lists.
    if (isRefused) await rm(folder, { recursive: true, force: true });
  }
  return imported(plan, ingest);
}

/** Whether trying again would end alike. */
function isRefusal(error: unknown): boolean {
  return isInterpError(error) && error.kind === 'user' && error.code !== 'cancelled';
}

/** Before anything is fetched. Of a file for each unit, a few are asked for their size. @throws hub/disk-full */
async function assertPlanFits(plan: ImportPlan, { folder, options, query, ports }: Work): Promise<void> {
  const isByUnit = plan.work.kind === 'units';
  if (plan.work.kind === 'units' && plan.work.count < MANY_FILES) return;
  const { bytes, isEstimate } = await sizesOf(plan, folder, { query, ...ports });
  const share = isByUnit && !plan.parts.includes('records') ? WORDS_SHARE : KEPT_SHARE;
  const free = await (options.freeBytes ?? freeBytes)(folder);
  assertRoom(folder, Math.round((bytes ?? 0) * share), free, isEstimate ? 'about' : 'exactly');
}

function takeIn(plan: ImportPlan, ingest: Ingest, work: Work): Promise<void> {
  const { ports, policy, job, folder, query, options } = work;
  const small = { http: ports.http, policy };
  const { isWanted } = plan;
  const lines = { folder, ingest, job, clock: policy.clock, isWanted, selection: selectionOf(query) };
  switch (plan.work.kind) {
    case 'units':
      return fetchUnits(plan.work, { parts: plan.parts, ingest, ports: small, job });
    case 'exports':
      return fetchExports(plan.work, { ...lines, ports: { ...small, ...diskPorts(options) } });
    case 'local':
      return readLocalFiles(plan.work, lines);
  }
}

const WAITING = { done: 0, total: 1, message: 'Another window is importing it; waiting' } as const;

function diskPorts({ openFile, freeBytes: free }: HubJobsOptions) {
  return { ...(openFile ? { openFile } : {}), ...(free ? { freeBytes: free } : {}) };
}

/** Beside the folder: it outlives its removal. */
function lockOf(folder: string): string {
  return `${folder}.lock`;
}

/** @throws hub/several */
async function thePlan(query: PublishedQuery, ports: Ports): Promise<ImportPlan> {
  const resolved = await resolvePublished(query, ports);
  if (resolved.kind === 'plan') return resolved.plan;
  const names = resolved.choices.map(({ id }) => id);
  throw new InterpError('hub/several', `"${query.text}" holds several sets: ${names.join(', ')}.`, {
    data: { count: names.length },
  });
}

async function writeCard(folder: string, { set, model }: ImportPlan): Promise<void> {
  const { id, title, label, source, licence, notes } = set;
  const card: SetCard = { id, model, title, label, source, licence, notes, added: new Date().toISOString() };
  await writeJson(join(folder, SET_CARD), card);
}

function imported({ set, model }: ImportPlan, { counts }: Ingest): PublishedImported {
  const { explanations, records, absent, skipped, skippedCount } = counts;
  return { id: set.id, model, explanations, records, absent, skipped, skippedCount };
}

async function remove(storage: string, model: string, id: string): Promise<{ bytes: number }> {
  const folder = publishedFolder(storage, model, id);
  if (!(await stat(folder).catch(() => null))) {
    throw notImported(model, id);
  }
  if (await isLocked(lockOf(folder))) {
    throw new InterpError('hub/busy', 'It is being imported right now.', { data: { id } });
  }
  const bytes = await folderBytes(folder);
  await dropFolder(folder);
  return { bytes };
}

/** It is gone under its name first, so that nobody reads half of it. */
async function dropFolder(folder: string): Promise<void> {
  if (!(await stat(folder).catch(() => null))) return;
  const aside = join(dirname(folder), `.removed-${randomUUID()}`);
  try {
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    throw diskError(folder, error);
  }
}

/** Of a family that is here as a whole, its pattern. @throws hub/not-installed */
async function unitsIn(storage: string, model: string, id: string): Promise<string[]> {
  const folder = publishedFolder(storage, model, id);
  const saes = OPENAI_SETS.find((set) => set.id === id)?.space.saes ?? [];
  const units: string[] = [];
  for (const family of await familiesIn(folder)) {
    const packs = await Promise.all(KINDS.map((kind) => openPack(packFile(folder, family, kind))));
    const here = new Set(packs.flatMap((pack) => pack?.units() ?? []));
    const isWhole = here.size > 0 && here.size === saes.find((sae) => sae.id === family)?.d_sae;
    units.push(...(isWhole ? [`${family}/*`] : [...here].map((index) => `${family}/${index}`)));
  }
  if (units.length === 0) throw notImported(model, id);
  return units;
}

function notImported(model: string, id: string): InterpError {
  return new InterpError('hub/not-installed', `${id} was not imported for ${model}.`, {
    data: { id, model },
  });
}
