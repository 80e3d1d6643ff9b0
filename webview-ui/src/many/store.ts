import type {
  ManyColumn,
  ManyCommand,
  ManyState,
  ManySweepAsked,
  ManyViewContract,
  MeanRow,
  PersistedMany,
} from '../../../src/protocol/manyViewContract.ts';
import type { DebugOptions } from '../../../src/protocol/debugContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { PageStore } from '../controls/pageStore.ts';
import { Resource } from '../controls/resource.ts';
import { NOTHING_KEPT, readPersistedMany } from './persisted.ts';
import type { ManyChoice } from './rows.ts';

export const MANY_TABS = ['nodes', 'sweep'] as const;
export type ManyTab = (typeof MANY_TABS)[number];

/** What a store needs of its page. */
export interface ManyStorePage {
  readonly client: Client<ManyViewContract>;
  readState(): unknown;
  writeState(state: unknown): void;
}

/** A row whose value in each prompt is shown beside the prompts. */
export interface Followed {
  readonly key: string;
  readonly column: ManyColumn;
}

const FIRST: ManyChoice = { sort: 'directEffect', order: 'magnitude', kind: 'all', layer: null, text: '' };

/** The page's one state: the run over the prompts, and what the tables read of it. */
export class ManyStore extends PageStore {
  many: ManyState | null = null;
  choices: Readonly<Record<ManyTab, ManyChoice>> = { nodes: FIRST, sweep: { ...FIRST, sort: 'measured' } };
  /** Chosen row of each table. */
  rows: Readonly<Record<ManyTab, string | null>> = { nodes: null, sweep: null };
  asked: ManySweepAsked = { kind: 'heads', positions: 'last', layer: null };
  readonly nodes: Resource<readonly MeanRow[]>;
  readonly sweep: Resource<readonly MeanRow[]>;
  readonly each: Resource<readonly (number | null)[]>;
  readonly #page: ManyStorePage;
  #kept: PersistedMany = NOTHING_KEPT;

  constructor(page: ManyStorePage) {
    super();
    this.#page = page;
    const onChange = (): void => this.changed();
    this.nodes = new Resource(onChange);
    this.sweep = new Resource(onChange);
    this.each = new Resource(onChange);
  }

  /** Says hello to the host and follows it from then on. */
  async start(): Promise<void> {
    const { client } = this.#page;
    client.on('many/didChange', (payload) => this.#setMany(payload as ManyState));
    try {
      const persisted = readPersistedMany(this.#page.readState());
      const answer = await client.request('view/ready', { persisted });
      this.#keep(answer.persisted);
      this.#setMany(answer.many);
    } catch (error) {
      this.fail(error);
    }
  }

  get tab(): ManyTab {
    return MANY_TABS.find((tab) => tab === this.#kept.tab) ?? 'nodes';
  }

  get choice(): ManyChoice {
    return this.choices[this.tab];
  }

  /** The chosen row, and the column that it is sorted by. */
  get followed(): Followed | null {
    const { tab, choice } = this;
    const key = this.rows[tab];
    if (key === null) return null;
    if (tab === 'sweep') return { key, column: 'measured' };
    const { sort } = choice;
    return { key, column: sort === 'key' || sort === 'count' ? 'directEffect' : sort };
  }

  chooseTab(tab: ManyTab): void {
    this.#keep({ tab });
  }

  choose(change: Partial<ManyChoice>): void {
    const { tab } = this;
    this.choices = { ...this.choices, [tab]: { ...this.choices[tab], ...change } };
    this.changed();
  }

  follow(key: string | null): void {
    this.rows = { ...this.rows, [this.tab]: key };
    this.changed();
  }

  ask(change: Partial<ManySweepAsked>): void {
    this.asked = { ...this.asked, ...change };
    this.changed();
  }

  runSweep(): void {
    const { kind, layer } = this.asked;
    const asked = { ...this.asked, layer: kind === 'neurons' ? (layer ?? 0) : null };
    this.tell(this.#page.client.request('many/sweep', asked));
  }

  setOptions(change: Partial<DebugOptions>): void {
    const { many } = this;
    if (many === null) return;
    const options = { ...many.options, ...change };
    this.#keep({ options });
    this.tell(this.#page.client.request('many/setOptions', { options }));
  }

  openPrompt(uri: string): void {
    this.tell(this.#page.client.request('prompt/open', { uri }));
  }

  run(command: ManyCommand): void {
    this.tell(this.#page.client.request('command/run', { command }));
  }

  copy(text: string): void {
    this.tell(this.#page.client.request('clipboard/write', { text }));
  }

  exportFile(name: string, text: string): void {
    this.tell(this.#page.client.request('file/export', { name, text }));
  }

  override changed(): void {
    this.#read();
    super.changed();
  }

  #setMany(many: ManyState): void {
    this.many = many;
    this.changed();
  }

  #keep(change: Partial<PersistedMany>): void {
    this.#kept = { ...this.#kept, ...change };
    this.#page.writeState(this.#kept);
    this.changed();
  }

  /** Asks for what is shown and not there. While an answer is under way the next waits, so that rows come at all. */
  #read(): void {
    const { many, tab, followed } = this;
    if (many === null) return;
    const { client } = this.#page;
    const { nodesRevision, sweepRevision } = many;
    const revision = `${nodesRevision} ${sweepRevision}`;
    if (tab === 'nodes' && isFree(this.nodes))
      this.nodes.load(revision, (signal) => client.request('many/nodes', {}, { signal }));
    if (tab === 'sweep' && isFree(this.sweep))
      this.sweep.load(revision, (signal) => client.request('many/sweepRows', {}, { signal }));
    if (followed === null) return;
    const key = `${revision} ${followed.key} ${followed.column}`;
    this.each.load(key, (signal) => client.request('many/each', { ...followed }, { signal }));
  }
}

function isFree({ reading }: Resource<unknown>): boolean {
  return reading.status !== 'loading';
}
