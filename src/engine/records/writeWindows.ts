import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CorpusWindow } from '../../core/records/windows.ts';
import { writeError } from '../../runtime/files/fileError.ts';
import { writeTensorFile, type FileTensor } from '../../runtime/files/tensorFile.ts';
import type { WindowLog } from './windowLog.ts';

export const WINDOWS_FILE = 'windows.safetensors';
export const NAMES_FILE = 'documents.jsonl';

/** Stores the windows of an index, in rising order, and the names of the documents they come from. @throws file/unwritable */
export async function writeWindows(
  folder: string,
  windows: readonly CorpusWindow[],
  log: Pick<WindowLog, 'names'>,
): Promise<void> {
  const ids = joined(windows.map((window) => window.ids));
  const parts = joined(windows.map((window) => window.parts.flatMap(partNumbers)));
  const tensors: readonly [string, Int32Array][] = [
    ['sequence', Int32Array.from(windows, ({ sequence }) => sequence)],
    ['token_start', ids.starts],
    ['ids', ids.all],
    ['part_start', parts.starts.map((start) => start / PART_NUMBERS)],
    ['parts', parts.all],
  ];
  const list = tensors.map(([name, values]): FileTensor => ({
    name,
    shape: [values.length],
    parts: [values],
  }));
  await writeTensorFile(join(folder, WINDOWS_FILE), list);
  const wanted = new Set(windows.flatMap(({ parts }) => parts.map(({ document }) => document)));
  const names = [...(await log.names(wanted))].toSorted(([a], [b]) => a - b);
  const lines = names.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  await writeFile(join(folder, NAMES_FILE), lines).catch((error: unknown) => {
    throw writeError(join(folder, NAMES_FILE), error);
  });
}

const PART_NUMBERS = 4;

function partNumbers({ document, firstToken, position, count }: CorpusWindow['parts'][number]): number[] {
  return [document, firstToken, position, count];
}

/** Lists one behind the other, and where each begins; last, the end. There are as many as a corpus has windows. */
function joined(lists: readonly ArrayLike<number>[]): {
  readonly all: Int32Array;
  readonly starts: Int32Array;
} {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach(({ length }, index) => (starts[index + 1] = (starts[index] ?? 0) + length));
  const all = new Int32Array(starts.at(-1) ?? 0);
  lists.forEach((list, index) => all.set(list, starts[index]));
  return { all, starts };
}
