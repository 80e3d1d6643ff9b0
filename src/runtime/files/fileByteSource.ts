import { open, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { checkRange, type ByteSource } from '../../core/weights/byteSource.ts';
import { fileError } from './fileError.ts';

/** Most bytes of one system call: Node refuses 2 GiB and more, Linux stops just below. */
const MAX_READ = 2 ** 30;

/** A file to be read in pieces into buffers of the caller. */
export interface FileByteSource extends ByteSource {
  /** Fills `target` from `offset`. */
  readonly readInto: (target: Uint8Array, offset: number) => Promise<void>;
}

/**
 * Opens a file for the time of `use`, symbolic links resolved first (Hugging Face's cache is made of them).
 * @throws file/not-found, file/unreadable
 */
export async function withFile<T>(path: string, use: (source: FileByteSource) => Promise<T>): Promise<T> {
  const name = await realFile(path);
  const refuse = (error: unknown): never => {
    throw fileError(name, error);
  };
  const handle = await open(name).catch(refuse);
  try {
    const { size } = await handle.stat().catch(refuse);
    const readInto = async (target: Uint8Array, offset: number): Promise<void> => {
      checkRange({ name, size }, offset, target.length);
      let done = 0;
      while (done < target.length) {
        const length = Math.min(target.length - done, MAX_READ);
        const { bytesRead } = await handle.read(target, done, length, offset + done).catch(refuse);
        if (bytesRead === 0) throw shrunk(name);
        done += bytesRead;
      }
    };
    return await use({
      name,
      size,
      readInto,
      read: async (offset, length) => {
        checkRange({ name, size }, offset, length);
        const target = new Uint8Array(length);
        await readInto(target, offset);
        return target;
      },
    });
  } finally {
    await handle.close();
  }
}

/** Real path of an existing regular file. @throws file/not-found, file/unreadable (a folder, a broken link) */
async function realFile(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if ((await stat(real)).isFile()) return real;
  } catch (error) {
    throw fileError(path, error);
  }
  throw new InterpError('file/unreadable', `${path} is not a file.`, { data: { file: path } });
}

/** True for an existing regular file, links followed. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** True for an existing folder, links followed. */
export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function shrunk(name: string): InterpError {
  return new InterpError('file/unreadable', `${basename(name)} became shorter while it was read.`, {
    data: { file: name },
  });
}
