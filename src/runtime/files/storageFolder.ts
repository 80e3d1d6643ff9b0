import os from 'node:os';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const NAME = 'underglass';

/**
 * Where models that were added, indexes and caches lie, for the command line and every editor of a person alike:
 * UNDERGLASS_STORAGE, else the system's folder for caches, as all of it can be fetched or computed again.
 */
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
