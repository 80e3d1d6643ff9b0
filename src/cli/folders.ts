import path from 'node:path';
import { storageFolder } from '../runtime/files/storageFolder.ts';
import type { Session } from './session.ts';

const WORKSPACE = '.underglass';

/**
 * Tells the engine where models, indexes and caches lie, and where explanations of the current folder do.
 * @param asked what `--storage` says. @returns the storage
 */
export async function sendFolders({ jobs, io, job }: Session, asked?: string): Promise<string> {
  const storage = asked === undefined ? storageFolder() : path.resolve(io.cwd, asked);
  const folders = { storage, workspace: path.join(io.cwd, WORKSPACE) };
  await jobs.handlers['folders/set'](folders, job);
  return storage;
}
