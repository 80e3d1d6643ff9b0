import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { SaeHealth } from '../protocol/saeContract.ts';
import { readJson, writeJson } from '../runtime/files/jsonFile.ts';
import { withFileLock } from '../runtime/files/lock.ts';

/** What was last measured of each SAE, by folder: in the storage, for every window and the command line. */
const FILE = 'sae-health.json';
const GRADES = ['good', 'fair', 'poor'] as const;

interface Kept {
  readonly health: SaeHealth;
  /** When it was measured, milliseconds since 1970: a folder that changed later holds another SAE. */
  readonly measured: number;
}

/** Empty when nothing is kept; an entry that cannot be read, or is older than its SAE, is none. */
export async function readHealth(storage: string): Promise<ReadonlyMap<string, SaeHealth>> {
  return new Map([...(await readKept(storage))].map(([directory, { health }]) => [directory, health]));
}

/** Keeps one; those of folders that are gone or changed leave the file. @throws file/unwritable, hub/busy */
export async function keepHealth(storage: string, directory: string, health: SaeHealth): Promise<void> {
  const file = join(storage, FILE);
  await withFileLock(file, async () => {
    const all = (await readKept(storage)).set(directory, { health, measured: Date.now() });
    await writeJson(file, Object.fromEntries([...all].toSorted()));
  });
}

async function readKept(storage: string): Promise<Map<string, Kept>> {
  const json = (await readJson(join(storage, FILE))) ?? {};
  const kept = new Map<string, Kept>();
  for (const [directory, value] of Object.entries(json)) {
    if (!isJsonObject(value) || typeof value['measured'] !== 'number') continue;
    const { measured } = value;
    const health = parseHealth(value['health']);
    const changed = (await stat(directory).catch(() => null))?.mtimeMs;
    if (health !== null && changed !== undefined && changed <= measured)
      kept.set(directory, { health, measured });
  }
  return kept;
}

function parseHealth(value: unknown): SaeHealth | null {
  if (!isJsonObject(value)) return null;
  const { sae, hook_name, sample, bos, context } = value;
  const [fit, loss, recovered] = [value['fit'], value['loss'], value['recovered']];
  const [stated, verdict] = [value['stated'], value['verdict']];
  if (typeof sae !== 'string' || typeof hook_name !== 'string' || typeof sample !== 'string') return null;
  if (typeof bos !== 'boolean' || typeof context !== 'number') return null;
  if (!isJsonObject(verdict) || !isJsonObject(recovered) || !isJsonObject(stated)) return null;
  if (!hasNumbers(fit, ['tokens', 'l0', 'silent_share'])) return null;
  if (!hasNumbers(loss, ['clean', 'reconstruction', 'zero', 'mean'])) return null;
  const grade = GRADES.find((each) => each === verdict['grade']);
  const words: unknown = verdict['words'];
  if (grade === undefined || !isTexts(words)) return null;
  const { tokens, l0, silent_share } = fit;
  return {
    ...{ sae, hook_name, sample, bos, context, loss },
    fit: { tokens, l0, silent_share, explained_variance: numberOrNull(fit, 'explained_variance') },
    recovered: { zero: numberOrNull(recovered, 'zero'), mean: numberOrNull(recovered, 'mean') },
    stated: {
      l0: numberOrNull(stated, 'l0'),
      explained_variance: numberOrNull(stated, 'explained_variance'),
    },
    verdict: { grade, words },
  };
}

function hasNumbers<K extends string>(
  value: unknown,
  keys: readonly K[],
): value is JsonObject & Readonly<Record<K, number>> {
  return isJsonObject(value) && keys.every((key) => typeof value[key] === 'number');
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function numberOrNull(object: JsonObject, key: string): number | null {
  const value = object[key];
  return typeof value === 'number' ? value : null;
}
