import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from '../../runtime/files/fileByteSource.ts';
import type { WindowPart } from '../../core/records/records.ts';
import type { CorpusWindow } from '../../core/records/windows.ts';
import { Spill } from './spill.ts';

/** Bytes of each file of a log that a checkpoint counts on. */
export interface LogSizes {
  readonly windows: number;
  readonly parts: number;
  readonly documents: number;
}

export const EMPTY_LOG: LogSizes = { windows: 0, parts: 0, documents: 0 };

/** Numbers before the ids of a window: its tokens, its first part and its parts. */
const HEAD = 3;
const PART_NUMBERS = 4;

/**
 * Every window and document that a scan has seen, on disk: a scan's memory must not grow with the corpus, and only at
 * the end it is known which windows are kept.
 */
export class WindowLog {
  private readonly folder: string;
  private readonly stride: number;
  private readonly windows: Spill;
  private readonly parts: Spill;
  private readonly documents: Spill;

  private constructor(folder: string, context: number, files: readonly [Spill, Spill, Spill]) {
    this.folder = folder;
    this.stride = context + HEAD;
    [this.windows, this.parts, this.documents] = files;
  }

  static async open(folder: string, context: number, sizes: LogSizes): Promise<WindowLog> {
    return new WindowLog(folder, context, [
      await Spill.open(join(folder, 'windows.i32'), sizes.windows),
      await Spill.open(join(folder, 'parts.i32'), sizes.parts),
      await Spill.open(join(folder, 'documents.jsonl'), sizes.documents),
    ]);
  }

  /** Documents come in order, each once; one that a resumed scan reads again is passed over. */
  addDocument(number: number, name: string): void {
    const line = new TextEncoder().encode(`${JSON.stringify([number, name])}\n`);
    this.documents.add(line);
  }

  addWindow({ ids, parts }: CorpusWindow): void {
    const row = new Int32Array(this.stride);
    row.set([ids.length, this.parts.size / (4 * PART_NUMBERS), parts.length]);
    row.set(ids, HEAD);
    this.windows.add(new Uint8Array(row.buffer));
    for (const { document, firstToken, position, count } of parts) {
      this.parts.add(new Uint8Array(Int32Array.of(document, firstToken, position, count).buffer));
    }
  }

  /** Writes what is pending once it is much. */
  async settle(): Promise<void> {
    for (const file of this.files()) if (file.full) await file.flush();
  }

  async flush(): Promise<LogSizes> {
    for (const file of this.files()) await file.flush();
    return { windows: this.windows.size, parts: this.parts.size, documents: this.documents.size };
  }

  /** Windows by their numbers. After a flush. */
  async read(sequences: readonly number[]): Promise<CorpusWindow[]> {
    return withFile(this.windows.path, async (windows) =>
      withFile(this.parts.path, async (parts) => {
        const found: CorpusWindow[] = [];
        for (const sequence of sequences) {
          const row = await readInts(windows, sequence * this.stride, this.stride);
          const [tokens = 0, firstPart = 0, count = 0] = row;
          const numbers = await readInts(parts, firstPart * PART_NUMBERS, count * PART_NUMBERS);
          found.push(windowOf(sequence, row.slice(HEAD, HEAD + tokens), numbers));
        }
        return found;
      }),
    );
  }

  /** Names of documents by number; the last one of a number counts. */
  async names(wanted: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> {
    const names = new Map<number, string>();
    const text = await readFile(join(this.folder, 'documents.jsonl'), 'utf8');
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [number, name] = JSON.parse(line) as [number, string];
      if (wanted.has(number)) names.set(number, name);
    }
    return names;
  }

  async close(): Promise<void> {
    for (const file of this.files()) await file.close();
  }

  private files(): readonly Spill[] {
    return [this.windows, this.parts, this.documents];
  }
}

async function readInts(
  source: { readInto(target: Uint8Array, offset: number): Promise<void> },
  start: number,
  count: number,
): Promise<Int32Array> {
  const values = new Int32Array(count);
  await source.readInto(new Uint8Array(values.buffer), 4 * start);
  return values;
}

function windowOf(sequence: number, ids: Int32Array, numbers: Int32Array): CorpusWindow {
  const counted = new Uint8Array(ids.length);
  const parts: WindowPart[] = [];
  for (let at = 0; at < numbers.length; at += PART_NUMBERS) {
    const [document = 0, firstToken = 0, position = 0, count = 0] = numbers.subarray(at, at + PART_NUMBERS);
    parts.push({ document, firstToken, position, count });
    counted.fill(1, position, position + count);
  }
  return { sequence, ids, counted, parts };
}
