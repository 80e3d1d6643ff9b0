import type { UnitRow } from '../../../src/core/records/readings.ts';
import type {
  BrowserCommand,
  BrowserState,
  BrowserView,
  BrowserViewContract,
  PersistedBrowser,
  ShownMatches,
} from '../../../src/protocol/browserViewContract.ts';
import type { UnitList } from '../../../src/protocol/recordsContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { shownIn } from '../../../src/protocol/runState.ts';
import { PageStore } from '../controls/pageStore.ts';
import { Resource } from '../controls/resource.ts';
import { familyNames, firstFamily, type FamilyName } from './families.ts';
import { NOTHING_KEPT, readPersistedBrowser } from './persisted.ts';
import { RowPages } from './rowPages.ts';

/** What a store needs of its page. */
export interface BrowserStorePage {
  readonly client: Client<BrowserViewContract>;
  readState(): unknown;
  writeState(state: unknown): void;
}

/** Milliseconds after the last key before a search is asked for. */
const TYPING_MS = 150;
/** A run over many units tells of each one: the list is not read again more often than this. */
const REREAD_MS = 500;

/** The page's one state: what is asked for, the rows that answer it, and what the person has put over them. */
export class BrowserStore extends PageStore {
  browser: BrowserState | null = null;
  matches: ShownMatches | null = null;
  kept: PersistedBrowser = NOTHING_KEPT;
  /** What stands in the search field; `kept.text` follows when typing pauses. */
  typed = '';
  /** Unit that was opened last from here. */
  opened: string | null = null;
  readonly rows: RowPages;
  /** How many units of the family have words. */
  readonly explained: Resource<UnitList>;
  readonly #page: BrowserStorePage;
  /** Pins that the host has not confirmed yet. */
  #pinning = new Map<string, boolean>();
  #typing: ReturnType<typeof setTimeout> | undefined;
  #rereading: ReturnType<typeof setTimeout> | undefined;
  #revision = 0;

  constructor(page: BrowserStorePage) {
    super();
    this.#page = page;
    this.rows = new RowPages(() => super.changed());
    this.explained = new Resource(() => super.changed());
  }

  /** Says hello to the host and follows it from then on. */
  async start(): Promise<void> {
    const { client } = this.#page;
    client.on('browser/didChange', (payload) => this.#setBrowser(payload as BrowserState));
    client.on('browser/didMatch', (payload) => this.showMatches(payload as ShownMatches | null));
    client.on('units/didChange', () => this.#rereadSoon());
    try {
      const persisted = readPersistedBrowser(this.#page.readState());
      const answer = await client.request('view/ready', { persisted });
      this.kept = answer.persisted;
      this.typed = answer.persisted.text;
      this.#setBrowser(answer.browser);
    } catch (error) {
      this.fail(error);
    }
  }

  /** What is known of the model, while it is read again too. */
  get view(): BrowserView | null {
    return this.browser && shownIn(this.browser);
  }

  get families(): readonly FamilyName[] {
    return familyNames(this.view?.families ?? []);
  }

  /** The family that is shown. */
  get family(): FamilyName | undefined {
    const { families } = this;
    return families.find(({ id }) => id === this.kept.family) ?? firstFamily(families);
  }

  isPinned(unit: string): boolean {
    return this.#pinning.get(unit) ?? this.view?.pins.includes(unit) ?? false;
  }

  /** Whether something narrows the list. */
  get isNarrowed(): boolean {
    return this.kept.text.trim() !== '' || this.kept.category !== 'all' || this.kept.pinnedOnly;
  }

  choose(change: Partial<Omit<PersistedBrowser, 'version' | 'text'>>): void {
    this.#keep(change);
  }

  /** `isDone`: Enter was pressed, or the field was cleared: nothing more is waited for. */
  search(text: string, { isDone = false }: { readonly isDone?: boolean } = {}): void {
    this.typed = text;
    clearTimeout(this.#typing);
    if (isDone) return this.#keep({ text });
    this.#typing = setTimeout(() => this.#keep({ text: this.typed }), TYPING_MS);
    this.#write();
    super.changed();
  }

  widen(): void {
    this.search('', { isDone: true });
    this.#keep({ category: 'all', pinnedOnly: false });
  }

  showMatches(matches: ShownMatches | null): void {
    this.matches = matches;
    this.changed();
  }

  open(unit: string, preserveFocus: boolean): void {
    this.opened = unit;
    this.changed();
    this.tell(this.#page.client.request('unit/open', { unit, preserveFocus }));
  }

  pin({ id }: Pick<UnitRow, 'id'>): void {
    const pinned = !this.isPinned(id);
    this.#pinning.set(id, pinned);
    this.changed();
    this.#page.client.request('unit/pin', { unit: id, pinned }).catch((error: unknown) => {
      this.#pinning.delete(id);
      this.fail(error);
    });
  }

  run(command: BrowserCommand): void {
    this.tell(this.#page.client.request('command/run', { command, family: this.family?.id ?? null }));
  }

  copy(text: string): void {
    this.tell(this.#page.client.request('clipboard/write', { text }));
  }

  override changed(): void {
    this.#read();
    super.changed();
  }

  #setBrowser(browser: BrowserState): void {
    const before = this.view;
    this.browser = browser;
    const { view } = this;
    if (view !== before) {
      // Pins are named one by one; an index or a model that is another one changes every row.
      this.#pinning = new Map();
      if (revisionOf(view) !== revisionOf(before)) this.#revision++;
    }
    this.changed();
    if (this.kept.pinnedOnly && view?.pins !== before?.pins) this.rows.again();
  }

  #rereadSoon(): void {
    if (this.#rereading !== undefined) return;
    this.#rereading = setTimeout(() => {
      this.#rereading = undefined;
      this.rows.again();
      this.explained.retry();
    }, REREAD_MS);
  }

  #keep(change: Partial<PersistedBrowser>): void {
    this.kept = { ...this.kept, ...change };
    this.#write();
    this.changed();
  }

  /** What has been typed is kept at once: a reload does not wait for the typing to pause. */
  #write(): void {
    this.#page.writeState({ ...this.kept, text: this.typed });
  }

  /** Asks for what is shown and not there. */
  #read(): void {
    const { family, kept } = this;
    if (family === undefined) return;
    const { client } = this.#page;
    const { text, sort, falling, category, pinnedOnly } = kept;
    const query = { family: family.id, text, sort, falling, category, pinnedOnly };
    this.rows.load(JSON.stringify([query, this.#revision]), (from, count, signal) =>
      client.request('unit/list', { ...query, from, count }, { signal }),
    );
    const all = { family: family.id, text: '', sort: 'id', falling: false, pinnedOnly: false } as const;
    this.explained.load(`${family.id} ${this.#revision}`, (signal) =>
      client.request('unit/list', { ...all, category: 'explained', from: 0, count: 1 }, { signal }),
    );
  }
}

/** What rows depend on, but for explanations and pins. */
function revisionOf(view: BrowserView | null): string {
  if (view === null) return '';
  const { index } = view;
  return JSON.stringify([view.model.modelId, index && [index.indexId, index.state, index.tokens]]);
}
