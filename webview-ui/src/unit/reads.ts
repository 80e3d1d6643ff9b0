import type {
  ExampleGroup,
  HeadBehaviour,
  RelatedUnits,
  RemovalEffects,
  UnitLogits,
} from '../../../src/core/records/readings.ts';
import type { ListedExplanation, ScoreDetail } from '../../../src/core/explain/explanation.ts';
import type { RecordSet } from '../../../src/core/records/records.ts';
import {
  FIRST_WINDOWS,
  type FirstReads,
  type UnitViewContract,
} from '../../../src/protocol/unitViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { Resource } from '../controls/resource.ts';
import { joinGroups, shownOf } from './groups.ts';

/** Windows of each group that are shown at first, and how many more a click brings. */
const FIRST: Readonly<Record<RecordSet, number>> = {
  top: FIRST_WINDOWS,
  quantile: 2,
  random: 3,
  imported: 3,
};
const MORE = 20;
/** What one request may ask for. */
const MOST = 1000;
/** Tokens, units and pairs of each list. */
const LIST = 20;
const VOTES = 8;

/** What effects are computed for. */
export type EffectSource = { readonly sequence: number } | { readonly text: string };

/** What the panes of a page have read of its unit. Everything is asked for by key: the same key asks nothing. */
export class UnitPageReads {
  readonly examples: Readonly<Record<RecordSet, Resource<readonly ExampleGroup[]>>>;
  readonly logits: Resource<UnitLogits>;
  readonly related: Resource<RelatedUnits>;
  readonly head: Resource<HeadBehaviour>;
  readonly effects: Resource<RemovalEffects>;
  readonly test: Resource<ExampleGroup>;
  readonly explanations: Resource<readonly ListedExplanation[]>;
  readonly detail: Resource<ScoreDetail>;
  readonly #client: Client<UnitViewContract>;
  #counts: Record<RecordSet, number> = { ...FIRST };
  #listTurn = 0;
  #of = '';

  constructor(client: Client<UnitViewContract>, onChange: () => void) {
    this.#client = client;
    const examples = (): Resource<readonly ExampleGroup[]> => new Resource(onChange);
    this.examples = { top: examples(), quantile: examples(), random: examples(), imported: examples() };
    this.logits = new Resource(onChange);
    this.related = new Resource(onChange);
    this.head = new Resource(onChange);
    this.effects = new Resource(onChange);
    this.test = new Resource(onChange);
    this.explanations = new Resource(onChange);
    this.detail = new Resource(onChange);
  }

  /** Forgets what belongs to another unit, model or index; takes what came with the new one. */
  follow(of: string, first: FirstReads | null): void {
    if (of === this.#of) return;
    this.#of = of;
    this.#counts = { ...FIRST };
    const { logits, related, head, effects, test, explanations, detail } = this;
    const all = [logits, related, head, effects, test, explanations, detail, ...Object.values(this.examples)];
    for (const resource of all) resource.reset();
    if (first?.top) this.examples.top.give(this.#examplesKey('top'), first.top);
    if (first?.explanations) this.explanations.give(this.#listKey(), first.explanations);
  }

  loadExamples(set: RecordSet): void {
    const resource = this.examples[set];
    const count = this.#counts[set];
    resource.load(this.#examplesKey(set), async (signal) => {
      const have = resource.reading.value ?? [];
      const from = Math.min(shownOf(have), count);
      const ask = { set, from, count: Math.min(MOST, count - from) };
      return joinGroups(have, await this.#client.request('unit/examples', ask, { signal }));
    });
  }

  showMore(set: RecordSet, { all }: { readonly all: boolean }): void {
    const totals = (this.examples[set].reading.value ?? []).map(({ total }) => total);
    const most = Math.max(0, ...totals);
    this.#counts[set] = all ? most : Math.min(most, this.#counts[set] + MORE);
    this.loadExamples(set);
  }

  loadWeights({ isHead }: { readonly isHead: boolean }): void {
    const k = LIST;
    this.logits.load(this.#of, (signal) => this.#client.request('unit/logits', { k }, { signal }));
    this.related.load(this.#of, (signal) => this.#client.request('unit/related', { k: 10 }, { signal }));
    if (isHead) this.head.load(this.#of, (signal) => this.#client.request('unit/head', { k }, { signal }));
  }

  loadEffects(source: EffectSource): void {
    const ask = { sequence: null, text: null, k: VOTES, ...source };
    this.effects.load(`${this.#of}|${JSON.stringify(source)}`, (signal) =>
      this.#client.request('unit/effects', ask, { signal }),
    );
  }

  /** Later texts win, whatever the order of the answers. */
  loadTest(text: string): void {
    this.test.load(`${this.#of}|${text}`, (signal) =>
      this.#client.request('unit/test', { text }, { signal }),
    );
  }

  loadExplanations(): void {
    this.explanations.load(this.#listKey(), (signal) => this.#client.request('explain/list', {}, { signal }));
  }

  /** The list is another one: reads it again, and the evidence with it. */
  renewExplanations(): void {
    this.#listTurn++;
    this.loadExplanations();
  }

  loadDetail(id: string): void {
    this.detail.load(`${this.#of}|${id}|${this.#listTurn}`, (signal) =>
      this.#client.request('explain/detail', { id }, { signal }),
    );
  }

  #examplesKey(set: RecordSet): string {
    return `${this.#of}|${this.#counts[set]}`;
  }

  #listKey(): string {
    return `${this.#of}|${this.#listTurn}`;
  }
}
