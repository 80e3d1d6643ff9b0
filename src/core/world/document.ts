import type { Rng } from './rng.ts';
import type { Split } from './split.ts';
import type { Writer } from './writer.ts';

/** A stretch of text that carries concepts. `start` and `end` are UTF-16 offsets, end exclusive, start < end. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Ids from `CONCEPTS`, at least one. */
  readonly concepts: readonly string[];
}

/** A generated document with its ground truth: which concepts hold where. Spans overlap and nest freely. */
export interface WorldDocument {
  readonly kind: string;
  readonly text: string;
  readonly spans: readonly Span[];
}

/** What a kind of document is written with. */
export interface KindContext {
  readonly writer: Writer;
  readonly rng: Rng;
  readonly split: Split;
}

/** Writes one document of a kind into `context.writer`. */
export type WriteKind = (context: KindContext) => void;
