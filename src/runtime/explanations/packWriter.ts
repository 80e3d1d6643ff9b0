import { mkdir, open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { diskError } from '../files/disk.ts';
import { ENTRY_BYTES, indexOf, readEntries, writeEntry } from './pack.ts';

/** Appends to a pack. One writer at a time: whoever opens it holds the lock of its set. */
export interface PackWriter {
  /** Whether the unit was written, by this or an earlier run. */
  has(unit: number): boolean;
  /** Kept in memory until `flush`; null = nothing was published of it. */
  append(unit: number, piece: Uint8Array | null): void;
  /** Bytes that wait. */
  readonly waiting: number;
  /** Pieces first, then their entries: an index never names what is not there. @throws hub/disk-full, file/unwritable */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a pack to go on with it; what was half written is cut off. @throws file/unwritable, hub/disk-full */
export async function openPackWriter(file: string): Promise<PackWriter> {
  try {
    await mkdir(dirname(file), { recursive: true });
    const [data, index] = [await open(file, 'a'), await open(indexOf(file), 'a')];
    const { units, end } = await repair(file, data);
    return writer(file, { data, index, units, end });
  } catch (error) {
    throw diskError(file, error);
  }
}

interface Opened {
  readonly data: FileHandle;
  readonly index: FileHandle;
  readonly units: Set<number>;
  readonly end: number;
}

/** Cuts the index after its last entry that the file holds, and the file after that. */
async function repair(file: string, data: FileHandle): Promise<{ units: Set<number>; end: number }> {
  const { size } = await data.stat();
  const index = await readFile(indexOf(file));
  const entries = readEntries(index);
  const broken = entries.findIndex(({ offset, length }) => offset + length > size);
  const kept = broken < 0 ? entries : entries.slice(0, broken);
  const end = kept.reduce((most, { offset, length }) => Math.max(most, offset + length), 0);
  if (kept.length * ENTRY_BYTES !== index.length) await truncate(indexOf(file), kept.length * ENTRY_BYTES);
  if (end !== size) await truncate(file, end);
  return { units: new Set(kept.map(({ unit }) => unit)), end };
}

function writer(file: string, { data, index, units, end: start }: Opened): PackWriter {
  let end = start;
  let waiting = 0;
  let pieces: Uint8Array[] = [];
  let entries: Buffer[] = [];
  /** What is taken together is written together, and in that order: places in the file were given already. */
  let writing: Promise<void> = Promise.resolve();
  const writeWaiting = async (): Promise<void> => {
    if (entries.length === 0) return;
    const [body, heads] = [Buffer.concat(pieces), Buffer.concat(entries)];
    [pieces, entries, waiting] = [[], [], 0];
    try {
      if (body.length > 0) await data.appendFile(body);
      await index.appendFile(heads);
    } catch (error) {
      throw diskError(file, error);
    }
  };
  const flush = (): Promise<void> => (writing = writing.then(writeWaiting));
  return {
    has: (unit) => units.has(unit),
    append: (unit, piece) => {
      units.add(unit);
      const length = piece?.length ?? 0;
      entries.push(writeEntry({ unit, length, offset: end, crc: piece ? crc32(piece) : 0 }));
      if (piece) pieces.push(piece);
      end += length;
      waiting += length + ENTRY_BYTES;
    },
    get waiting() {
      return waiting;
    },
    flush,
    close: async () => {
      try {
        await flush();
      } finally {
        await data.close();
        await index.close();
      }
    },
  };
}
