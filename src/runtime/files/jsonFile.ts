import { readFile } from 'node:fs/promises';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { replaceFile } from './replaceFile.ts';

/** Writes indented JSON, whole or not at all. @throws file/unwritable */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, null, 1)}\n`);
}

/** The object of a file that can be made again; null when it is missing, damaged or no object. */
export async function readJson(path: string): Promise<JsonObject | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
