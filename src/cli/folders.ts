import os from 'node:os';
import path from 'node:path';
import type { Folders } from '../protocol/recordsContract.ts';
import type { Session } from './session.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const NAME = 'underglass';
const WORKSPACE = '.underglass';

/**
 * Tells the engine where indexes and caches lie, and where explanations of the current folder do.
 * @param asked what `--storage` says. @returns the storage
 */
export async function sendFolders({ jobs, io, job }: Session, asked?: string): Promise<string> {
  const storage = asked === undefined ? storageFolder() : path.resolve(io.cwd, asked);
  const folders: Folders = { storage, workspace: path.join(io.cwd, WORKSPACE) };
  await jobs.handlers['folders/set'](folders, job);
  return storage;
}

/** UNDERGLASS_STORAGE, else the system's folder for caches: what lies there can be computed again. */
export function storageFolder(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment['UNDERGLASS_STORAGE'];
  if (chosen) return path.resolve(chosen);
  const home = os.homedir();
  if (platform === 'win32')
    return path.join(environment['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), NAME);
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', NAME);
  return path.join(environment['XDG_CACHE_HOME'] || path.join(home, '.cache'), NAME);
}
