import { basename } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { safeName } from '../../core/hub/fileName.ts';
import type { PinnedFile } from '../../core/hub/models.ts';
import type { ListedFile } from '../../core/hub/repositoryFiles.ts';
import { withFile } from '../../runtime/files/fileByteSource.ts';
import { readTextFile } from '../../runtime/files/textFile.ts';
import type { Digest } from '../../runtime/hub/digest.ts';
import type { HubCache } from '../../runtime/hub/hfCache.ts';
import type { Hosts } from '../../runtime/hub/hosts.ts';
import type { InstalledFolder } from '../../runtime/hub/installed.ts';
import { localListing, type LocalFile } from '../../runtime/hub/localListing.ts';
import type { HubSettings } from '../../runtime/hub/settings.ts';
import type { PlanFile } from './plan.ts';

/** What looking for things needs. */
export interface LookPorts {
  readonly hosts: Hosts;
  readonly cache: HubCache;
  readonly settings: HubSettings;
  readonly signal: AbortSignal;
  /** What was added before: it is found without any host. */
  readonly installed: readonly InstalledFolder[];
  /** The model of a SAE that does not name one; null = not said. */
  readonly model: string | null;
}

/** A repository at one commit, at its host or as Hugging Face's cache has it. */
export interface Snapshot {
  readonly repository: string;
  readonly commit: string;
  readonly licence: string | null;
  readonly listing: readonly (ListedFile | LocalFile)[];
  readonly isCached: boolean;
}

/**
 * The snapshot in Hugging Face's cache, when it has enough; else what the host has. No host is asked in the first case.
 * @throws hub/offline, hub/not-found, hub/gated, hub/unreachable
 */
export async function openSnapshot(
  repository: string,
  revisions: readonly string[],
  ports: LookPorts,
  isEnough: (listing: readonly LocalFile[]) => boolean | Promise<boolean>,
): Promise<Snapshot> {
  const { hosts, cache, signal, settings } = ports;
  for (const revision of revisions) {
    const commit = await cache.commit(repository, revision);
    for (const folder of commit === null ? [] : cache.snapshots(repository, commit)) {
      const listing = await localListing(folder);
      if (await isEnough(listing))
        return { repository, commit: commit ?? '', licence: null, listing, isCached: true };
    }
  }
  if (settings.isOffline) {
    throw new InterpError(
      'hub/offline',
      `${repository} is not whole in Hugging Face's cache (${settings.cacheFolder}), and HF_HUB_OFFLINE is set.`,
      { data: { repository } },
    );
  }
  const info = await hosts.repository(repository, revisions[0] ?? 'main', signal);
  const listing = await hosts.files(info.repository, info.commit, signal);
  return { ...info, listing, isCached: false };
}

/** Where each file of a snapshot is to be had; `pins` by path in the repository. */
export async function planFiles(
  snapshot: Snapshot,
  files: readonly (ListedFile | LocalFile)[],
  ports: LookPorts,
  pins: readonly PinnedFile[] = [],
): Promise<PlanFile[]> {
  const planned: PlanFile[] = [];
  for (const file of files) {
    const pin = pins.find(({ path }) => path === file.path);
    const digest = digestOf(file);
    planned.push({
      path: safeName(basename(file.path)),
      bytes: file.bytes,
      from: await placeOf(snapshot, file, ports),
      pinned: { bytes: pin?.bytes ?? null, sha256: pin?.sha256 ?? null },
      listed: { bytes: file.bytes, digest },
    });
  }
  return planned;
}

/** Files of a folder that a person named. */
export function localFiles(files: readonly LocalFile[]): PlanFile[] {
  return files.map(({ path, bytes, file }) => ({
    path: safeName(basename(path)),
    bytes,
    from: { kind: 'local', file },
    pinned: { bytes: null, sha256: null },
    listed: { bytes: null, digest: null },
  }));
}

/** The text of a planned file, wherever it is. */
export async function readPlanned({ from }: PlanFile, { hosts, signal }: LookPorts): Promise<string> {
  return from.kind === 'remote' ? hosts.text(from.url, signal) : readTextFile(from.file);
}

/** At most so many bytes of the start of a planned file, wherever it is. */
export async function readStart(
  { from }: PlanFile,
  bytes: number,
  { hosts, signal }: LookPorts,
): Promise<Uint8Array> {
  if (from.kind === 'remote') return hosts.start(from.url, bytes, signal);
  return withFile(from.file, ({ read, size }) => read(0, Math.min(bytes, size)));
}

async function placeOf(
  { repository, commit }: Snapshot,
  file: ListedFile | LocalFile,
  { hosts, cache }: LookPorts,
): Promise<PlanFile['from']> {
  if ('file' in file) return { kind: 'cached', file: file.file };
  const cached = await cache.find(repository, { commit, path: file.path, digest: digestOf(file) });
  return cached && cached.bytes === file.bytes
    ? { kind: 'cached', file: cached.file }
    : { kind: 'remote', url: hosts.fileUrl(repository, commit, file.path) };
}

function digestOf({ sha256, gitSha1 }: ListedFile): Digest | null {
  if (sha256 !== null) return { kind: 'sha256', hex: sha256 };
  return gitSha1 === null ? null : { kind: 'git', hex: gitSha1 };
}
