import { open, readFile, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { fileError } from '../files/fileError.ts';

/**
 * Pieces of text or bytes by the number of their unit, in one file that only grows, with an index beside it that grows
 * after it. One unit is found without reading the others; an import that was ended goes on at the last entry, and what
 * it wrote can be read at once. An entry (24 bytes, little-endian): unit u32, length u32, offset f64, CRC-32 u32, 0 u32.
 * Length 0: nothing was published of the unit.
 */
export const ENTRY_BYTES = 24;
/** Larger pieces are no text of a unit: a damaged index. */
const MAX_PIECE_BYTES = 256 * 2 ** 20;
/** Bytes that are read at once where all are. */
const CHUNK_BYTES = 4 * 2 ** 20;

export interface PackEntry {
  readonly unit: number;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
}

export interface PackReader {
  /** Another one once the file grew. */
  readonly stamp: string;
  readonly bytes: number;
  /** Units with something, and units of which nothing was published. */
  has(unit: number): boolean;
  /** Units of which there is something, in the order in which they came. */
  units(): readonly number[];
  /** How many they are. */
  readonly count: number;
  /** Pieces of a unit, oldest first; damaged ones are left out. */
  read(unit: number): Promise<Buffer[]>;
  /** All pieces in the order in which they were written. */
  all(): AsyncIterable<{ readonly unit: number; readonly piece: Buffer }>;
}

export function indexOf(file: string): string {
  return `${file}.index`;
}

/** Changes with every entry; null = there is no pack. */
export async function packStamp(file: string): Promise<string | null> {
  const found = await stat(indexOf(file)).catch(() => null);
  return found === null ? null : `${found.size}:${found.mtimeMs}:${found.ino}`;
}

/** Null = there is none. @throws file/unreadable */
export async function openPack(file: string): Promise<PackReader | null> {
  const stamp = await packStamp(file);
  if (stamp === null) return null;
  const entries = readEntries(await readFile(indexOf(file)).catch((error: unknown) => refuse(file, error)));
  // Entries of one unit are a chain from its last one back.
  const last = new Map<number, number>();
  const before = new Int32Array(entries.length).fill(-1);
  let [count, bytes] = [0, 0];
  for (const [at, { unit, length, offset }] of entries.entries()) {
    before[at] = last.get(unit) ?? -1;
    if (length > 0 && !last.has(unit)) count++;
    last.set(unit, at);
    bytes = Math.max(bytes, offset + length);
  }
  return {
    stamp,
    bytes: bytes + ENTRY_BYTES * entries.length,
    units: () => [...new Set(entries.flatMap(({ unit, length }) => (length > 0 ? [unit] : [])))],
    count,
    has: (unit) => last.has(unit),
    read: async (unit) => {
      const own: PackEntry[] = [];
      for (let at = last.get(unit) ?? -1; at >= 0; at = before[at] ?? -1) {
        const entry = entries[at];
        if (entry && entry.length > 0) own.unshift(entry);
      }
      return own.length === 0 ? [] : readPieces(file, own);
    },
    all: () => allPieces(file, entries),
  };
}

/** Whole entries only: the last one may be half written; nothing after a damaged one is believed. */
export function readEntries(index: Buffer): PackEntry[] {
  const entries: PackEntry[] = [];
  for (let at = 0; at + ENTRY_BYTES <= index.length; at += ENTRY_BYTES) {
    const [unit, length] = [index.readUInt32LE(at), index.readUInt32LE(at + 4)];
    const offset = index.readDoubleLE(at + 8);
    if (!Number.isSafeInteger(offset) || offset < 0 || length > MAX_PIECE_BYTES) break;
    entries.push({ unit, length, offset, crc: index.readUInt32LE(at + 16) });
  }
  return entries;
}

export function writeEntry({ unit, length, offset, crc }: PackEntry): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.writeUInt32LE(unit, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeDoubleLE(offset, 8);
  bytes.writeUInt32LE(crc, 16);
  return bytes;
}

async function readPieces(file: string, entries: readonly PackEntry[]): Promise<Buffer[]> {
  const handle = await open(file).catch((error: unknown) => refuse(file, error));
  try {
    const pieces: Buffer[] = [];
    for (const { offset, length, crc } of entries) {
      const piece = Buffer.alloc(length);
      const { bytesRead } = await handle.read(piece, 0, length, offset);
      if (bytesRead === length && crc32(piece) === crc) pieces.push(piece);
    }
    return pieces;
  } finally {
    await handle.close();
  }
}

/** A few megabytes at a time, whatever the size of the file. */
async function* allPieces(
  file: string,
  entries: readonly PackEntry[],
): AsyncIterable<{ readonly unit: number; readonly piece: Buffer }> {
  if (entries.length === 0) return;
  const handle = await open(file).catch((error: unknown) => refuse(file, error));
  try {
    let chunk = Buffer.alloc(0);
    let start = 0;
    for (const { unit, offset, length, crc } of entries) {
      if (length === 0) continue;
      if (offset < start || offset + length > start + chunk.length) {
        chunk = Buffer.alloc(Math.max(CHUNK_BYTES, length));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, offset);
        chunk = chunk.subarray(0, bytesRead);
        start = offset;
      }
      const piece = chunk.subarray(offset - start, offset - start + length);
      if (piece.length === length && crc32(piece) === crc) yield { unit, piece };
    }
  } finally {
    await handle.close();
  }
}

function refuse(file: string, error: unknown): never {
  throw fileError(file, error);
}
