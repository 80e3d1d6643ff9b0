import { copyFile, link, rm, symlink } from 'node:fs/promises';
import { diskError } from '../files/disk.ts';

/** How a file that lies elsewhere got its name here. */
export type LinkKind = 'link' | 'copy';

/**
 * Gives a file that lies elsewhere a name here: a symbolic link, where Windows forbids that a hard link, and between
 * two disks of Windows a copy. @throws file/unwritable, hub/disk-full
 */
export async function linkFile(from: string, to: string): Promise<LinkKind> {
  await rm(to, { force: true });
  try {
    await symlink(from, to, 'file');
    return 'link';
  } catch {
    // Windows without developer mode.
  }
  try {
    await link(from, to);
    return 'link';
  } catch {
    // Another disk.
  }
  try {
    await copyFile(from, to);
    return 'copy';
  } catch (error) {
    throw diskError(to, error);
  }
}
