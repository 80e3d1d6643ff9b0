import type { Corpus } from './corpus.ts';
import type { WindowPart } from './records.ts';

/** A stretch of tokens that is run through the model at once. */
export interface CorpusWindow {
  /** Its number in the corpus. */
  readonly sequence: number;
  readonly ids: Int32Array;
  /** 1 where a token is of a document, 0 for BOS, which is never counted. */
  readonly counted: Uint8Array;
  readonly parts: readonly WindowPart[];
}

/** Rows that one run takes at most: more fall out of the processor's caches (measured), the more so beside other programs. */
export const MAX_ROWS = 384;

/** Windows that run together. */
export function windowsPerBatch(context: number): number {
  return Math.max(1, Math.floor(MAX_ROWS / context));
}

/** Where a scan stands: what was cut off so far, and where the next window begins. */
export interface ScanPlace {
  readonly windows: number;
  /** BOS included. */
  readonly tokens: number;
  readonly document: number;
  readonly firstToken: number;
}

export const START: ScanPlace = { windows: 0, tokens: 0, document: 0, firstToken: 0 };

/** Windows of one length that run together, and where the scan stands after them. */
export interface WindowBatch {
  readonly windows: readonly CorpusWindow[];
  readonly next: ScanPlace;
}

/** How a corpus is cut. `context`: tokens of a window, BOS included; `maxTokens`: null = all of it. */
export interface WindowOptions {
  readonly context: number;
  /** Put at the start of every window and before every document; null = the model takes none. */
  readonly bosId: number | null;
  readonly maxTokens: number | null;
  /** Windows of a batch at most. */
  readonly batch: number;
  encode(text: string): readonly number[];
  /** Told of every document before its windows come. */
  onDocument?(number: number, document: { readonly name: string; readonly text: string }): void;
}

/**
 * Cuts a corpus into windows of `context` tokens, documents packed one after the other, and groups them. Which windows
 * share a batch follows from their numbers alone, so that a scan that goes on at a batch's `next` runs the same ones.
 */
export async function* windowBatches(
  corpus: Corpus,
  options: WindowOptions,
  from: ScanPlace = START,
): AsyncGenerator<WindowBatch> {
  const cutter = new WindowCutter(options, from);
  let document = from.document;
  let done = cutter.full;
  if (!done) {
    for await (const { name, text } of corpus.documents(from.document)) {
      const ids = options.encode(text);
      options.onDocument?.(document, { name, text });
      cutter.add(document, ids, document === from.document ? from.firstToken : 0);
      document++;
      yield* cutter.batches();
      done = cutter.full;
      if (done) break;
    }
  }
  cutter.end(document);
  yield* cutter.batches();
}

/** Packs tokens into windows. */
class WindowCutter {
  private readonly options: WindowOptions;
  private readonly ready: { readonly window: CorpusWindow; readonly next: ScanPlace }[] = [];
  private ids: number[] = [];
  private parts: WindowPart[] = [];
  private windows: number;
  private tokens: number;
  private ended = false;

  constructor(options: WindowOptions, from: ScanPlace) {
    this.options = options;
    this.windows = from.windows;
    this.tokens = from.tokens;
  }

  /** No more window may be begun: it would hold no token but its BOS. */
  get full(): boolean {
    const { maxTokens, bosId } = this.options;
    return maxTokens !== null && maxTokens - this.tokens < (bosId === null ? 1 : 2);
  }

  add(document: number, ids: readonly number[], firstToken: number): void {
    const { bosId } = this.options;
    let at = firstToken;
    if (at < ids.length && at === 0 && this.ids.length > 0) this.special();
    while (at < ids.length && !this.full) {
      if (this.ids.length === 0 && bosId !== null) this.special();
      const count = Math.min(ids.length - at, this.size() - this.ids.length);
      if (count > 0) this.parts.push({ document, firstToken: at, position: this.ids.length, count });
      this.ids.push(...ids.slice(at, at + count));
      at += count;
      if (this.ids.length >= this.size()) this.cut(document, at, at >= ids.length);
    }
  }

  /** The corpus is over: what is left is a window too when it holds any text. */
  end(document: number): void {
    if (this.parts.length > 0) this.cut(document, 0, false);
    this.ended = true;
  }

  /** Whole batches; the rest too once the corpus ended. Only the last window of all can be shorter than the others. */
  *batches(): Generator<WindowBatch> {
    const { batch, context } = this.options;
    while (this.ready.length >= batch || ((this.ended || this.full) && this.ready.length > 0)) {
      const first = this.ready.slice(0, batch);
      const whole = first.findIndex(({ window }) => window.ids.length < context);
      const taken = this.ready.splice(0, whole > 0 ? whole : first.length);
      const next = taken.at(-1)?.next;
      if (next) yield { windows: taken.map(({ window }) => window), next };
    }
  }

  /** Tokens of the window that is being filled. */
  private size(): number {
    const { context, maxTokens } = this.options;
    return maxTokens === null ? context : Math.min(context, maxTokens - this.tokens);
  }

  private special(): void {
    const { bosId } = this.options;
    if (bosId === null) return;
    this.ids.push(bosId);
    if (this.ids.length >= this.size() && this.parts.length > 0) this.cutBare();
  }

  /** The last place went to a BOS: the document starts in the next window, which has a BOS of its own. */
  private cutBare(): void {
    const document = (this.parts.at(-1)?.document ?? -1) + 1;
    this.cut(document, 0, false);
  }

  private cut(document: number, at: number, whole: boolean): void {
    const ids = Int32Array.from(this.ids);
    const counted = new Uint8Array(ids.length);
    for (const { position, count } of this.parts) counted.fill(1, position, position + count);
    const window = { sequence: this.windows, ids, counted, parts: this.parts };
    this.windows++;
    this.tokens += ids.length;
    const place = whole ? { document: document + 1, firstToken: 0 } : { document, firstToken: at };
    this.ready.push({ window, next: { windows: this.windows, tokens: this.tokens, ...place } });
    this.ids = [];
    this.parts = [];
  }
}
