import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RandomModelOptions } from './randomModel.ts';
import { writeRandomModel } from './randomModel.ts';
import { writeRandomSae, type RandomSaeOptions } from './randomSae.ts';
import { withTemporaryFolder } from './temporaryFolder.ts';

/** Files of a random tiny GPT-2, as a repository has them. */
export async function modelRepository(options: RandomModelOptions = {}): Promise<Record<string, Buffer>> {
  return filesOf((folder) => writeRandomModel(folder, options));
}

/** Files of a random SAELens SAE below a folder of a repository. */
export async function saeRepository(
  path: string,
  options: RandomSaeOptions,
): Promise<Record<string, Buffer>> {
  const files = await filesOf((folder) => writeRandomSae(folder, options));
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${path}/${name}`, bytes]));
}

async function filesOf(write: (folder: string) => Promise<unknown>): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  await withTemporaryFolder(async (folder) => {
    await write(folder);
    for (const name of await readdir(folder)) files[name] = await readFile(join(folder, name));
  });
  return files;
}
