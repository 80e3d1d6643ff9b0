import { mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { writeError } from './fileError.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);
/** Left free beside what is written: a disk filled to its last byte troubles other programs. */
const SPARE_BYTES = 64 * 2 ** 20;

/** Free bytes for this user on the disk of a folder, or of the first one above it that exists; null = not told. */
export async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return dirname(folder) === folder ? null : freeBytes(dirname(folder));
  }
}

/** `how`: `about` when `needed` is an estimate. @throws hub/disk-full when `needed` bytes do not fit */
export function assertRoom(
  folder: string,
  needed: number,
  free: number | null,
  how: 'exactly' | 'about' = 'exactly',
): void {
  if (free === null || needed === 0 || needed + SPARE_BYTES <= free) return;
  throw new InterpError(
    'hub/disk-full',
    `${how === 'about' ? 'About ' : ''}${megabytes(needed)} are needed in ${folder}, and ${megabytes(free)} are free there.`,
    { data: { folder, needed, free } },
  );
}

/** A failure of writing below `path` as one of the closed set. Other errors pass. */
export function diskError(path: string, error: unknown): unknown {
  if (error instanceof InterpError) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  if (!FULL.has(error.code)) return error.code.startsWith('E') ? writeError(path, error) : error;
  return new InterpError('hub/disk-full', `The disk is full: ${path} could not be written.`, {
    data: { file: path },
    cause: error,
  });
}

/** @throws file/unwritable, hub/disk-full */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw diskError(folder, error);
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
