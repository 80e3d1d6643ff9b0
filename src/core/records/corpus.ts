import type { WorldDocument } from '../world/document.ts';

/** One text of a corpus. */
export interface CorpusDocument {
  /** For people: `world #812`, `notes/a.md`, `docs.jsonl:17`. */
  readonly name: string;
  readonly text: string;
  /** Ground truth where the embedded generator wrote it. */
  readonly world: WorldDocument | null;
}

/** A file of a folder, or rows of a file, that hold no text that can be scanned. */
export interface SkippedFile {
  /** `notes/a.jsonl`, or `3 rows of notes/b.jsonl from line 7 on`. */
  readonly name: string;
  /** A sentence. */
  readonly reason: string;
}

/** Text to scan, in one fixed order. */
export interface Corpus {
  readonly title: string;
  /**
   * Files of folders that are left out; one that was chosen itself is never. Rows of any file, once the fingerprint is known: their
   * number, and the first of them.
   */
  readonly skipped?: readonly SkippedFile[];
  /** Changes when any text or their order does. */
  fingerprint(): Promise<string>;
  /** UTF-8 bytes in all, for the time left; null = not known. */
  readonly bytes: number | null;
  /** Documents in all, where that is known without reading them. */
  readonly count?: number;
  /** From the first one, or after `skip` documents. Never holds more than one file's part in memory. @throws corpus/*, file/* */
  documents(skip?: number): AsyncIterable<CorpusDocument>;
}

/** What a person chooses to scan. */
export type CorpusRef =
  | {
      /** The embedded generator's held-out documents. */
      readonly kind: 'world';
      readonly seed: number;
      readonly documents: number;
    }
  | {
      /** Files and folders (searched for .txt, .md, .prompt, .jsonl and .parquet), absolute. */
      readonly kind: 'files';
      readonly paths: readonly string[];
      /** Field of .jsonl and .parquet rows that holds the text. */
      readonly field: string;
    };

/** Enough for every concept of the small world, and seconds to scan. */
export const DEFAULT_WORLD: CorpusRef = { kind: 'world', seed: 2_000_000, documents: 1600 };
