import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The repository's top folder. */
export const ROOT = path.dirname(path.dirname(import.meta.dirname));

/** Files below a folder of the repository that `accept` takes, sorted, with paths from the top. */
export function filesBelow(folder: string, accept: (name: string) => boolean): string[] {
  const full = path.join(ROOT, folder);
  if (!existsSync(full)) return [];
  const entries = readdirSync(full, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && accept(entry.name))
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}
