import { InterpError } from '../errors.ts';

/** Bytes that can be read in pieces: a file, or memory. The parser does not know which. */
export interface ByteSource {
  /** As error messages name it. */
  readonly name: string;
  readonly size: number;
  /** @throws file/unreadable when the range leaves the source. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** A source over bytes in memory; reads are views, not copies. */
export function memorySource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      checkRange({ name, size: bytes.length }, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
}

/** @throws file/unreadable unless 0 <= offset and offset + length <= size. */
export function checkRange(source: Pick<ByteSource, 'name' | 'size'>, offset: number, length: number): void {
  const good = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (good && offset + length <= source.size) return;
  throw new InterpError(
    'file/unreadable',
    `${source.name}: cannot read ${length} bytes at ${offset}; the file has ${source.size}.`,
    { data: { file: source.name, offset, length, size: source.size } },
  );
}
