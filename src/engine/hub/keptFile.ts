import { copyFile, link, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { feedFile, startDigest, type Digest } from '../../runtime/hub/digest.ts';
import { diskError } from '../../runtime/files/disk.ts';
import type { CardFile, InstalledFolder } from '../../runtime/hub/installed.ts';
import type { PlanFile } from './plan.ts';

/**
 * A file that is to be fetched and lies whole in a folder that was added before, of which other files are missing; by
 * its card, without reading it. Null = it must be fetched.
 */
export async function keptFile(file: PlanFile, old: InstalledFolder | null): Promise<CardFile | null> {
  const card = old?.files.find(({ path }) => path === file.path);
  if (!old || !card || card.linked !== null || file.from.kind !== 'remote') return null;
  const wanted = wantedDigest(file);
  if (wanted?.kind === 'sha256' && wanted.hex !== card.sha256) return null;
  if (file.bytes !== null && file.bytes !== card.bytes) return null;
  const found = await stat(join(old.folder, file.path)).catch(() => null);
  return found?.size === card.bytes ? card : null;
}

/** Gives such a file its place among what is fetched once its content was found right; null = it was not. */
export async function takeKept(
  file: PlanFile,
  old: InstalledFolder | null,
  to: { readonly place: string; readonly signal: AbortSignal },
): Promise<CardFile | null> {
  const card = await keptFile(file, old);
  if (!old || !card) return null;
  const from = join(old.folder, file.path);
  const of = { size: card.bytes, signal: to.signal };
  if ((await digestOfFile(from, { kind: 'sha256', ...of })) !== card.sha256) return null;
  const wanted = wantedDigest(file);
  if (wanted && (await digestOfFile(from, { kind: wanted.kind, ...of })) !== wanted.hex) return null;
  await rm(to.place, { force: true });
  try {
    // The folder is replaced when all is there; until then both names lead to the same bytes.
    await link(from, to.place).catch(() => copyFile(from, to.place));
  } catch (error) {
    throw diskError(to.place, error);
  }
  return card;
}

/** What a file's content must be: a table's digest before the host's. */
export function wantedDigest({ pinned, listed }: Pick<PlanFile, 'pinned' | 'listed'>): Digest | null {
  return pinned.sha256 === null ? listed.digest : { kind: 'sha256', hex: pinned.sha256 };
}

export async function digestOfFile(
  file: string,
  of: { readonly kind: Digest['kind']; readonly size: number; readonly signal: AbortSignal },
): Promise<string> {
  const hash = startDigest(of.kind, of.size);
  await feedFile(hash, file, of.size, of.signal);
  return hash.digest('hex');
}
