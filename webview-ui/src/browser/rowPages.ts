import { toInterpError, type InterpError } from '../../../src/core/errors.ts';
import type { UnitRow } from '../../../src/core/records/readings.ts';
import type { UnitList } from '../../../src/protocol/recordsContract.ts';

/** Rows asked for at once. */
const PAGE_ROWS = 100;

type Fetch = (from: number, count: number, signal: AbortSignal) => Promise<UnitList>;

/** The answer to one query, as far as it was looked at. */
interface Answer {
  readonly key: string;
  readonly total: number;
  readonly pages: Map<number, readonly UnitRow[]>;
  /** Pages of an earlier reading, shown until they are read again. */
  readonly old: Set<number>;
}

/**
 * Rows of a list of any length, read in pages around what is in view. A new query keeps the last rows until its own
 * first page is there; what an older query answers is dropped, and pages that have left the view are cancelled.
 */
export class RowPages {
  status: 'idle' | 'loading' | 'ready' | 'error' = 'idle';
  error: InterpError | null = null;
  #answer: Answer | null = null;
  #key: string | null = null;
  #fetch: Fetch | null = null;
  #turn = 0;
  #seen: readonly [first: number, end: number] = [0, 1];
  readonly #asked = new Map<number, AbortController>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** What the rows shown answer; null = nothing was read. */
  get key(): string | null {
    return this.#answer?.key ?? null;
  }

  get total(): number {
    return this.#answer?.total ?? 0;
  }

  /** Undefined while its page is under way. */
  row(index: number): UnitRow | undefined {
    return this.#answer?.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  /** Asks once per key. */
  load(key: string, fetch: Fetch): void {
    if (key === this.#key) return;
    this.#key = key;
    this.#fetch = fetch;
    this.#seen = [0, 1];
    this.again();
  }

  /** Asks the same once more: the rows stay where they are until newer ones come. */
  again(): void {
    if (this.#key === null) return;
    this.#cancel();
    this.#turn++;
    this.status = 'loading';
    this.error = null;
    this.#onChange();
    void this.#read(Math.floor(this.#seen[0] / PAGE_ROWS));
  }

  /** Half-open range of the rows in view. */
  see(first: number, end: number): void {
    this.#seen = [first, end];
    // The page that opens an answer is under way: it is asked for with the rows then in view.
    if (this.status === 'loading' || this.#answer === null) return;
    const { pages, old } = this.#answer;
    const inView = pagesOf(first, end);
    for (const [page, job] of this.#asked) if (!inView.includes(page)) job.abort();
    for (const page of inView) {
      if ((!pages.has(page) || old.has(page)) && !this.#asked.has(page)) void this.#read(page);
    }
  }

  #cancel(): void {
    for (const job of this.#asked.values()) job.abort();
    this.#asked.clear();
  }

  async #read(page: number): Promise<void> {
    const [turn, key, fetch] = [this.#turn, this.#key, this.#fetch];
    if (key === null || fetch === null) return;
    const job = new AbortController();
    this.#asked.set(page, job);
    try {
      const list = await fetch(page * PAGE_ROWS, PAGE_ROWS, job.signal);
      if (turn === this.#turn) this.#take(key, page, list);
    } catch (thrown) {
      // What left the view was cancelled on purpose.
      if (turn !== this.#turn || job.signal.aborted) return;
      this.status = 'error';
      this.error = toInterpError(thrown);
      this.#onChange();
    } finally {
      if (this.#asked.get(page) === job) this.#asked.delete(page);
    }
  }

  #take(key: string, page: number, { total, rows }: UnitList): void {
    const before = this.#answer?.key === key ? this.#answer : null;
    const isFirst = this.status !== 'ready';
    const kept = before === null ? [] : [...before.pages.keys()];
    const old = isFirst ? new Set(kept.filter((each) => pagesOf(...this.#seen).includes(each))) : before?.old;
    const pages = new Map(before?.pages);
    for (const each of isFirst ? kept : []) if (old?.has(each) !== true) pages.delete(each);
    pages.set(page, rows);
    old?.delete(page);
    this.#answer = { key, total, pages, old: old ?? new Set() };
    this.status = 'ready';
    this.#onChange();
  }
}

function pagesOf(first: number, end: number): readonly number[] {
  const from = Math.floor(first / PAGE_ROWS);
  const to = Math.floor(Math.max(first, end - 1) / PAGE_ROWS);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
