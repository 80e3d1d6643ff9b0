import { InterpError, type ErrorData } from '../errors.ts';
import { quote } from '../json.ts';
import type { ByteSource } from './byteSource.ts';

/** Where the bytes of one entry lie in the archive: stored, not compressed. */
export interface ZipEntry {
  readonly name: string;
  /** From the start of the file, bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Signatures and sizes of the records. Source: PKWARE APPNOTE 6.3. */
const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;
const CENTRAL = { signature: 0x02014b50, bytes: 46 } as const;
const END = { signature: 0x06054b50, bytes: 22 } as const;
const END64 = { signature: 0x06064b50, bytes: 56 } as const;
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 } as const;
const ZIP64_EXTRA = 0x0001;
const FULL32 = 0xffffffff;
const FULL16 = 0xffff;
const ENCRYPTED = 1;
/** A state dict has a few entries per tensor; GPT-2 XL has 580 tensors. Keeps a bad file cheap. */
const MAX_ENTRIES = 20_000;
const MAX_DIRECTORY_BYTES = 16 * 2 ** 20;

interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Entries of a zip archive by name, from its directory at the end; reads nothing of their data. Stored entries only:
 * what is compressed or encrypted cannot be memory-mapped.
 * @throws weights/malformed, weights/unsupported naming the entry
 */
export async function readZip(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(source);
  const bytes = await source.read(directory.offset, directory.bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let index = 0; index < directory.entries; index++) {
    const listed = parseCentral(bytes, at, source.name);
    at = listed.next;
    if (entries.has(listed.name)) throw malformed(source, `it lists ${quote(listed.name)} twice.`);
    entries.set(listed.name, await locate(source, listed, directory.offset));
  }
  return entries;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const tail = Math.min(source.size, END.bytes + FULL16 + LOCATOR64.bytes);
  const bytes = await source.read(source.size - tail, tail);
  const at = endRecord(bytes);
  if (at < 0) throw malformed(source, 'it has no directory at its end: it is cut off, or no zip archive.');
  const view = viewOf(bytes, at, END.bytes);
  const short = {
    entries: view.getUint16(10, true),
    bytes: view.getUint32(12, true),
    offset: view.getUint32(16, true),
  };
  const start = source.size - tail + at;
  const wide = short.entries === FULL16 || short.bytes === FULL32 || short.offset === FULL32;
  const found = wide ? await findDirectory64(source, start) : short;
  if (found.entries > MAX_ENTRIES || found.bytes > MAX_DIRECTORY_BYTES) {
    throw malformed(
      source,
      `it lists ${found.entries} entries in ${found.bytes} bytes; at most ${MAX_ENTRIES} are read.`,
    );
  }
  if (found.offset + found.bytes > start || found.entries * CENTRAL.bytes > found.bytes) {
    throw malformed(source, 'its directory lies outside the file.', { found: found.offset });
  }
  return found;
}

/** Index of the last end record whose comment ends with the bytes, or -1. */
function endRecord(bytes: Uint8Array): number {
  for (let at = bytes.length - END.bytes; at >= 0; at--) {
    const view = viewOf(bytes, at, END.bytes);
    if (
      view.getUint32(0, true) === END.signature &&
      at + END.bytes + view.getUint16(20, true) === bytes.length
    )
      return at;
  }
  return -1;
}

async function findDirectory64(source: ByteSource, end: number): Promise<Directory> {
  const wrong = malformed(source, 'its 64-bit directory cannot be found.');
  if (end < LOCATOR64.bytes) throw wrong;
  const locator = viewOf(await source.read(end - LOCATOR64.bytes, LOCATOR64.bytes), 0, LOCATOR64.bytes);
  const place = uint64(locator, 8);
  if (locator.getUint32(0, true) !== LOCATOR64.signature || place === null) throw wrong;
  if (place + END64.bytes > end) throw wrong;
  const record = viewOf(await source.read(place, END64.bytes), 0, END64.bytes);
  const [entries, bytes, offset] = [uint64(record, 32), uint64(record, 40), uint64(record, 48)];
  if (record.getUint32(0, true) !== END64.signature || entries === null || bytes === null || offset === null)
    throw wrong;
  return { entries, bytes, offset };
}

interface Listed {
  readonly name: string;
  readonly length: number;
  /** Of the local header. */
  readonly header: number;
  readonly next: number;
}

function parseCentral(bytes: Uint8Array, at: number, file: string): Listed {
  const wrong = malformed({ name: file }, `its directory is damaged at byte ${at}.`);
  if (at + CENTRAL.bytes > bytes.length) throw wrong;
  const view = viewOf(bytes, at, CENTRAL.bytes);
  const nameEnd = at + CENTRAL.bytes + view.getUint16(28, true);
  const extraEnd = nameEnd + view.getUint16(30, true);
  const next = extraEnd + view.getUint16(32, true);
  if (view.getUint32(0, true) !== CENTRAL.signature || next > bytes.length) throw wrong;
  const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL.bytes, nameEnd));
  if ((view.getUint16(8, true) & ENCRYPTED) !== 0)
    throw unsupported(file, `entry ${quote(name)} is encrypted`);
  if (view.getUint16(10, true) !== 0) throw unsupported(file, `entry ${quote(name)} is compressed`);
  const sizes = wideSizes(bytes.subarray(nameEnd, extraEnd), {
    length: view.getUint32(24, true),
    stored: view.getUint32(20, true),
    header: view.getUint32(42, true),
  });
  if (!sizes || sizes.length !== sizes.stored)
    throw malformed({ name: file }, `the sizes of ${quote(name)} differ.`);
  return { name, length: sizes.length, header: sizes.header, next };
}

type Sizes = Readonly<Record<'length' | 'stored' | 'header', number>>;

/** 64-bit sizes stand in an extra field, in this order, for those that do not fit. Null when they should and do not. */
function wideSizes(extra: Uint8Array, short: Sizes): Sizes | null {
  const names = (['length', 'stored', 'header'] as const).filter((name) => short[name] === FULL32);
  if (names.length === 0) return short;
  for (let at = 0; at + 4 <= extra.length;) {
    const field = viewOf(extra, at, 4);
    const size = field.getUint16(2, true);
    if (field.getUint16(0, true) === ZIP64_EXTRA) {
      if (size < 8 * names.length || at + 4 + size > extra.length) return null;
      const view = viewOf(extra, at + 4, size);
      const wide = names.map((name, index) => [name, uint64(view, 8 * index)] as const);
      if (wide.some(([, value]) => value === null)) return null;
      return { ...short, ...Object.fromEntries(wide) };
    }
    at += 4 + size;
  }
  return null;
}

/** The local header says where the data starts: its name and extra fields may be longer than the directory's. */
async function locate(source: ByteSource, { name, length, header }: Listed, end: number): Promise<ZipEntry> {
  const wrong = malformed(source, `entry ${quote(name)} lies outside the file or over its directory.`);
  if (header + LOCAL.bytes > end) throw wrong;
  const view = viewOf(await source.read(header, LOCAL.bytes), 0, LOCAL.bytes);
  if (view.getUint32(0, true) !== LOCAL.signature)
    throw malformed(source, `entry ${quote(name)} has no header.`);
  if (view.getUint16(8, true) !== 0) throw unsupported(source.name, `entry ${quote(name)} is compressed`);
  const offset = header + LOCAL.bytes + view.getUint16(26, true) + view.getUint16(28, true);
  if (offset + length > end) throw wrong;
  return { name, offset, length };
}

function viewOf(bytes: Uint8Array, at: number, length: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, length);
}

/** Null past what a double holds exactly. */
function uint64(view: DataView, at: number): number | null {
  const value = Number(view.getBigUint64(at, true));
  return Number.isSafeInteger(value) ? value : null;
}

function malformed(source: Pick<ByteSource, 'name'>, what: string, data: ErrorData = {}): InterpError {
  return new InterpError('weights/malformed', `${source.name}: ${what}`, {
    data: { file: source.name, ...data },
  });
}

function unsupported(file: string, what: string): InterpError {
  return new InterpError('weights/unsupported', `${file}: ${what}; stored entries are read.`, {
    data: { file },
  });
}
