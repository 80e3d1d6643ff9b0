import { open, type FileHandle } from 'node:fs/promises';
import { writeError } from '../../runtime/files/fileError.ts';

/** Held before it goes to the file. */
const BUFFERED = 2 ** 20;

/** A file that only grows while a scan runs; what was written after the last checkpoint is cut off on resume. */
export class Spill {
  readonly path: string;
  private readonly file: FileHandle;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;
  private length: number;

  private constructor(path: string, file: FileHandle, length: number) {
    this.path = path;
    this.file = file;
    this.length = length;
  }

  /** Opens the file cut to its first `length` bytes. @throws file/unwritable, also when it has fewer */
  static async open(path: string, length: number): Promise<Spill> {
    try {
      const file = await open(path, 'a+');
      const { size } = await file.stat();
      if (size < length) {
        await file.close();
        throw new Error(`it has ${size} bytes of ${length}`);
      }
      await file.truncate(length);
      return new Spill(path, file, length);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Bytes in all. */
  get size(): number {
    return this.length;
  }

  /** Appends a copy. */
  add(bytes: Uint8Array): void {
    this.pending.push(bytes.slice());
    this.pendingBytes += bytes.length;
    this.length += bytes.length;
  }

  get full(): boolean {
    return this.pendingBytes >= BUFFERED;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    try {
      await this.file.appendFile(bytes);
    } catch (error) {
      throw writeError(this.path, error);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
