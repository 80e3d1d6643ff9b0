import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { placeOf } from '../../core/records/family.ts';
import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import { parseRecord, printRecord } from '../../core/explain/recordJson.ts';
import { parseUnit } from '../../core/model/units.ts';
import { fileError } from '../files/fileError.ts';
import { withFileLock } from '../files/lock.ts';
import { replaceFile } from '../files/replaceFile.ts';
import { readTextFile } from '../files/textFile.ts';
import { fileName } from './fileName.ts';

/** Explanations of one family as its file holds them. */
export interface FamilyExplanations {
  readonly records: readonly ExplanationRecord[];
  /** Lines that could not be read, as they are: a later write keeps them. */
  readonly unread: readonly { readonly line: string; readonly reason: string }[];
}

/**
 * Explanations as text: `{folder}/explanations/{model}/{family}.jsonl`, one record a line, by unit and then by id, so that
 * two versions of a file differ only where an explanation does. Other programs may change the files at any time.
 */
export interface ExplanationStore {
  readonly folder: string;
  /** No file = no explanations. @throws file/* */
  family(model: string, family: string): Promise<FamilyExplanations>;
  /** Ids of families that have a file. */
  families(model: string): Promise<readonly string[]>;
  /** Adds records, or puts them in the place of those with the same id. @throws file/unwritable */
  put(model: string, family: string, records: readonly ExplanationRecord[]): Promise<void>;
  remove(model: string, family: string, id: string): Promise<void>;
}

const NOTHING: FamilyExplanations = { records: [], unread: [] };
const SUFFIX = '.jsonl';

export function openStore(folder: string): ExplanationStore {
  const known = new Map<string, { readonly stamp: string; readonly content: FamilyExplanations }>();
  /** Writes of this process to one file follow each other; those of other processes wait for its lock. */
  const queues = new Map<string, Promise<void>>();

  const modelFolder = (model: string): string => join(folder, 'explanations', fileName(model));
  const fileOf = (model: string, family: string): string =>
    join(modelFolder(model), `${fileName(family)}${SUFFIX}`);

  const read = async (file: string): Promise<FamilyExplanations> => {
    const stamp = await stampOf(file);
    if (stamp === null) return NOTHING;
    const cached = known.get(file);
    if (cached?.stamp === stamp) return cached.content;
    const content = parse(await readTextFile(file), file);
    known.set(file, { stamp, content });
    return content;
  };

  const change = async (
    file: string,
    edit: (records: readonly ExplanationRecord[]) => readonly ExplanationRecord[],
  ): Promise<void> => {
    const before = queues.get(file) ?? Promise.resolve();
    const next = before.then(() =>
      withFileLock(file, async () => {
        // Read again: somebody may have changed the file since.
        known.delete(file);
        const { records, unread } = await read(file);
        await replaceFile(file, print(edit(records), unread));
        known.delete(file);
      }),
    );
    queues.set(
      file,
      next.catch(() => undefined),
    );
    return next;
  };

  return {
    folder,
    family: (model, family) => read(fileOf(model, family)),
    families: async (model) => {
      const names = await readdir(modelFolder(model)).catch(() => []);
      return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    },
    put: (model, family, records) => {
      const ids = new Set(records.map(({ id }) => id));
      return change(fileOf(model, family), (old) => [...old.filter(({ id }) => !ids.has(id)), ...records]);
    },
    remove: (model, family, id) =>
      change(fileOf(model, family), (old) => old.filter((record) => record.id !== id)),
  };
}

function parse(text: string, file: string): FamilyExplanations {
  const records = new Map<string, ExplanationRecord>();
  const unread: { line: string; reason: string }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      const record = parseRecord(line, `${file}, line ${index + 1}`);
      records.set(record.id, record);
    } catch (error) {
      unread.push({ line, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { records: [...records.values()], unread };
}

function print(records: readonly ExplanationRecord[], unread: FamilyExplanations['unread']): string {
  const sorted = records
    .map((record) => ({ record, index: indexOf(record.unit) }))
    .sort((a, b) => a.index - b.index || compare(a.record.id, b.record.id));
  const lines = [...sorted.map(({ record }) => printRecord(record)), ...unread.map(({ line }) => line)];
  return lines.map((line) => `${line}\n`).join('');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function indexOf(unit: string): number {
  try {
    return placeOf(parseUnit(unit)).index;
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}

/** Size, time and inode: another writer's file is another one even within one tick of the clock. */
async function stampOf(file: string): Promise<string | null> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    return `${size}:${mtimeMs}:${ino}`;
  } catch (error) {
    const failure = fileError(file, error);
    if (failure.code === 'file/not-found') return null;
    throw failure;
  }
}
