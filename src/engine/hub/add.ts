import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InterpError, throwIfCancelled, toInterpError } from '../../core/errors.ts';
import { sizeText, timeText } from '../../core/hub/amounts.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { assertRoom, freeBytes, makeFolder } from '../../runtime/files/disk.ts';
import { openCheckpoint } from '../../runtime/files/openCheckpoint.ts';
import { DICTIONARY } from '../../runtime/files/findSaes.ts';
import { withLock } from '../../runtime/files/lock.ts';
import { openSaes } from '../../runtime/files/openSaes.ts';
import { download, type DownloadPorts } from '../../runtime/hub/download.ts';
import {
  installedFolders,
  installFolder,
  removeFolder,
  type CardFile,
  type HubFolders,
  type InstalledFolder,
} from '../../runtime/hub/installed.ts';
import { linkFile } from '../../runtime/hub/linkFile.ts';
import { bytesHere, stateOf } from '../../runtime/hub/part.ts';
import { rateMeter } from '../../runtime/hub/rate.ts';
import { removeNote, writeNote, type UnfinishedNote } from '../../runtime/hub/unfinished.ts';
import { writeCards } from './cards.ts';
import { placesOf, type PlanPlaces } from './describePlan.ts';
import { digestOfFile, keptFile, takeKept, wantedDigest } from './keptFile.ts';
import type { Plan, PlanFile } from './plan.ts';

/** Fetches what is not here, checks it, and installs it as one. What was fetched outlives a pause and a failure. */
export async function addPlan(
  plan: Plan,
  folders: HubFolders,
  ports: DownloadPorts,
  job: JobContext,
): Promise<InstalledFolder> {
  const { key } = await placesOf(plan, folders);
  await makeFolder(dirname(folders.lock(key)));
  const options = {
    clock: ports.policy.clock,
    signal: job.signal,
    onWait: () => job.progress({ done: 0, total: 1, message: 'Another window is adding it; waiting' }),
  };
  return withLock(folders.lock(key), options, async () => {
    // Another process may have done it meanwhile.
    const places = await placesOf(plan, folders);
    if (places.installed) return places.installed;
    return fetchAndInstall(plan, { folders, places, ports, job });
  });
}

interface Work {
  readonly folders: HubFolders;
  readonly places: PlanPlaces;
  readonly ports: DownloadPorts;
  readonly job: JobContext;
}

async function fetchAndInstall(plan: Plan, work: Work): Promise<InstalledFolder> {
  const { folders, job } = work;
  const { staging, target } = work.places;
  await makeFolder(staging);
  await assertFits(plan, work);
  await writeNote(staging, noteOf(plan, target));
  const files = await fetchAll(plan, work);
  throwIfCancelled(job.signal);
  await writeCards(staging, plan, files);
  await removeNote(staging);
  for (const { path } of plan.files) await rm(stateOf(join(staging, path)), { force: true });
  await assertOpens(plan, staging);
  if (work.places.old && plan.kind === 'sae') await removeFolder(folders, target);
  await installFolder(staging, target);
  const installed = (await installedFolders(folders)).find(({ folder }) => folder === target);
  if (installed) return installed;
  throw new InterpError('file/unreadable', `${target} was installed and is not there.`, {
    data: { file: target },
  });
}

/**
 * What cannot be opened is not installed. All of it came, so that going on would mend nothing: it is not kept either.
 * @throws what opening it throws, with the file's name instead of a place that is gone
 */
async function assertOpens({ kind, title, files }: Plan, staging: string): Promise<void> {
  try {
    if (kind === 'model') await openCheckpoint(staging, { scan: 'never' });
    else {
      // In a folder, a .pt file that does not say where it belongs would only be passed over.
      const pt = files.find(({ path }) => path.endsWith('.pt') && path !== DICTIONARY.weights)?.path ?? '';
      await openSaes([join(staging, pt)], { scan: 'never' });
    }
  } catch (cause) {
    const error = toInterpError(cause);
    await rm(staging, { recursive: true, force: true });
    const what = error.message.replaceAll(join(staging, '/'), '').replaceAll(staging, 'it');
    const message = what.startsWith(title) ? what : `${title} cannot be opened: ${what}`;
    throw new InterpError(error.code, message, { data: error.data, cause: error });
  }
}

function noteOf({ kind, title, model, sae, id, files }: Plan, target: string): UnfinishedNote {
  const fetched = files.filter(({ from }) => from.kind === 'remote');
  const own = kind === 'model' ? basename(target) : model;
  return {
    ...{ kind, title, model: own, text: id },
    sae: sae === null ? null : basename(target),
    files: fetched.map(({ path, bytes }) => ({ path, bytes })),
  };
}

/** @throws hub/disk-full before anything is written */
async function assertFits({ files }: Plan, { places, ports }: Work): Promise<void> {
  let needed = 0;
  for (const file of files) {
    const { from, bytes, path } = file;
    if (from.kind !== 'remote' || (await keptFile(file, places.old))) continue;
    needed += Math.max(0, (bytes ?? 0) - (await bytesHere(join(places.staging, path))));
  }
  assertRoom(places.target, needed, await (ports.freeBytes ?? freeBytes)(places.staging));
}

async function fetchAll(plan: Plan, work: Work): Promise<CardFile[]> {
  const { clock } = work.ports.policy;
  const total = plan.files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  let name = '';
  const meter = rateMeter(clock, total, ({ done, bytesPerSecond, secondsLeft }) => {
    const speed = bytesPerSecond === null ? [] : [`${sizeText(bytesPerSecond)}/s`];
    const left = secondsLeft === null ? [] : [`${timeText(secondsLeft)} left`];
    const sum = `${sizeText(done)} of ${sizeText(total)}`;
    work.job.progress({ done, total, message: [sum, ...speed, ...left, name].join(' · ') });
  });
  const cards: CardFile[] = [];
  let before = 0;
  for (const file of plan.files) {
    throwIfCancelled(work.job.signal);
    name = file.path;
    const start = before;
    const card = await fetchOne(file, work, (bytes) => meter(start + bytes));
    cards.push(card);
    before += card.bytes;
    meter(before);
  }
  return cards;
}

async function fetchOne(file: PlanFile, work: Work, onBytes: (bytes: number) => void): Promise<CardFile> {
  const { path, from, pinned, listed } = file;
  const place = join(work.places.staging, path);
  if (from.kind !== 'remote') return useInPlace(file, from.file, place, work.job.signal);
  const { signal } = work.job;
  const kept = await takeKept(file, work.places.old, { place, signal });
  if (kept) return kept;
  const done = await download(
    { url: from.url, name: path, file: place, pinned, listed, onBytes, signal },
    work.ports,
  );
  const { bytes, sha256, digest } = done;
  return { path, bytes, sha256, checked: digest?.kind ?? 'length', linked: null };
}

/** Checks a file that lies elsewhere and links to it. */
async function useInPlace(
  { path, from, pinned, listed, bytes }: PlanFile,
  real: string,
  place: string,
  signal: AbortSignal,
): Promise<CardFile> {
  const size = bytes ?? 0;
  const sha256 = await digestOfFile(real, { kind: 'sha256', size, signal });
  const wanted = wantedDigest({ pinned, listed });
  const found = wanted?.kind === 'git' ? await digestOfFile(real, { kind: 'git', size, signal }) : sha256;
  if (wanted !== null && found !== wanted.hex) {
    throw new InterpError(
      'hub/checksum',
      `${real} is damaged: its ${wanted.kind} is ${found}, and it should be ${wanted.hex}. Remove it from the cache.`,
      { data: { file: real, found, expected: wanted.hex } },
    );
  }
  const kind = await linkFile(real, place);
  const unchecked = from.kind === 'local' ? 'not' : 'length';
  return {
    path,
    bytes: size,
    sha256,
    checked: wanted?.kind ?? unchecked,
    linked: kind === 'link' ? real : null,
  };
}
