import { toInterpError, type InterpError } from '../../../src/core/errors.ts';
import { formatNode, type Node } from '../../../src/core/trace/node.ts';
import type { MeasuredNode } from '../../../src/protocol/debugContract.ts';

/** Nodes asked for at a time: few enough to stop between, enough to share a run. */
export const CHUNK = 16;

export type Measure = (nodes: readonly Node[], signal: AbortSignal) => Promise<readonly MeasuredNode[]>;

/**
 * Measures nodes chunk by chunk, one chunk at a time: what is in view first, then what "Measure all" asked for. What
 * was measured stays when it is cancelled.
 */
export class Measuring {
  results: ReadonlyMap<string, MeasuredNode> = new Map();
  error: InterpError | null = null;
  #key: string | null = null;
  #measure: Measure | null = null;
  #seen: readonly Node[] = [];
  #all: readonly Node[] = [];
  #total = 0;
  #controller: AbortController | null = null;
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Whether a chunk is under way. */
  get busy(): boolean {
    return this.#controller !== null;
  }

  /** How far "Measure all" is; null when it is not running. */
  get progress(): { readonly done: number; readonly total: number } | null {
    if (this.#all.length === 0) return null;
    return { done: this.#total - this.#left(this.#all).length, total: this.#total };
  }

  /** Starts afresh when the key differs: results of another run or scalar are not kept. */
  use(key: string, measure: Measure): void {
    this.#measure = measure;
    if (key === this.#key) return;
    this.#key = key;
    this.#controller?.abort();
    this.#controller = null;
    this.results = new Map();
    this.#seen = [];
    this.#all = [];
    this.error = null;
  }

  /** What is in view: measured before everything else, in the place of what was in view before. */
  see(nodes: readonly Node[]): void {
    this.#seen = nodes;
    void this.#next();
  }

  all(nodes: readonly Node[]): void {
    this.#all = nodes;
    this.#total = this.#left(nodes).length;
    this.error = null;
    void this.#next();
    this.#onChange();
  }

  /** Stops "Measure all" and what is under way. */
  cancel(): void {
    this.#all = [];
    this.#seen = [];
    this.#controller?.abort();
    this.#controller = null;
    this.#onChange();
  }

  retry(): void {
    this.error = null;
    void this.#next();
  }

  #left(nodes: readonly Node[]): readonly Node[] {
    return nodes.filter((node) => !this.results.has(formatNode(node)));
  }

  async #next(): Promise<void> {
    const { error } = this;
    if (this.#controller !== null || error !== null || this.#measure === null) return;
    const seen = this.#left(this.#seen);
    const chunk = (seen.length > 0 ? seen : this.#left(this.#all)).slice(0, CHUNK);
    if (chunk.length === 0) {
      this.#all = [];
      return;
    }
    const controller = new AbortController();
    this.#controller = controller;
    try {
      const measured = await this.#measure(chunk, controller.signal);
      if (this.#controller !== controller) return;
      this.#take(chunk, measured);
    } catch (thrown) {
      if (this.#controller !== controller) return;
      this.error = toInterpError(thrown);
    }
    this.#controller = null;
    this.#onChange();
    void this.#next();
  }

  /** A node that the engine passed over counts as measured without a value: asking again would go on for ever. */
  #take(chunk: readonly Node[], measured: readonly MeasuredNode[]): void {
    const results = new Map(this.results);
    for (const node of chunk) {
      const name = formatNode(node);
      results.set(name, { name, left: null, right: null, leftFrozen: null });
    }
    for (const one of measured) results.set(one.name, one);
    this.results = results;
  }
}
