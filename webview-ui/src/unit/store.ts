import type { ExplanationRecord, ListedExplanation } from '../../../src/core/explain/explanation.ts';
import type { UnitSummary } from '../../../src/core/records/readings.ts';
import type { Progress } from '../../../src/protocol/engineContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { shownIn } from '../../../src/protocol/runState.ts';
import {
  UNIT_TABS,
  type FirstReads,
  type PersistedUnit,
  type UnitCommand,
  type UnitOpening,
  type UnitPageView,
  type UnitState,
  type UnitViewContract,
  type UnitViewEvents,
  type UnitTab,
} from '../../../src/protocol/unitViewContract.ts';
import { toInterpError } from '../../../src/core/errors.ts';
import { remember } from '../controls/changed.ts';
import { PageStore } from '../controls/pageStore.ts';
import { Explaining, type ExplainTask } from './explaining.ts';
import { NOTHING_KEPT, readPersistedUnit } from './persisted.ts';
import { UnitPageReads, type EffectSource } from './reads.ts';

/** What a store needs of its page. */
export interface UnitStorePage {
  readonly client: Client<UnitViewContract>;
  readState(): unknown;
  writeState(state: unknown): void;
  readonly opening: unknown;
}

/** What is shown: the last known unit, and whether another one is awaited. */
export interface ShownUnit {
  readonly view: UnitPageView;
  readonly dimmed: boolean;
}

/** The tabs that a unit has: only a latent can be removed with its effects. */
export function tabsOf({ kind }: Pick<UnitSummary, 'kind'>): readonly UnitTab[] {
  return UNIT_TABS.filter((tab) => tab !== 'effects' || kind === 'latent');
}

/** The page's one state: the unit, what has been read of it, what is typed, and what is under way. */
export class UnitStore extends PageStore {
  unit: UnitState = { state: 'loading', message: 'Opening the unit', last: null };
  readonly reads: UnitPageReads;
  readonly explaining: Explaining;
  /** Why an id that was typed could not be opened. */
  goToProblem: string | null = null;
  /** What effects are shown for; null = the first example. */
  effectSource: EffectSource | null = null;
  /** Token whose effects are listed; null = the strongest. */
  effectToken: number | null = null;
  /** The answer of the game, until another unit is opened. */
  answer: string | null = null;
  /** Real and simulated activations on one line instead of two. */
  overlay = true;
  readonly #page: UnitStorePage;
  readonly #shownOf = remember(shownOf);
  /** Words typed for other units of this visit. */
  readonly #typed = new Map<string, string>();
  #kept: PersistedUnit = NOTHING_KEPT;
  /** Text whose activations are shown, which may be another than what is typed by now. */
  #tested = '';
  /** Unit that was asked for last; null = the one that the page was opened with. */
  #wanted: string | null = null;

  constructor(page: UnitStorePage) {
    super();
    this.#page = page;
    this.reads = new UnitPageReads(page.client, () => this.changed());
    this.explaining = new Explaining(page.client, {
      change: () => this.changed(),
      done: (record, task) => this.#didExplain(record, task),
    });
  }

  /** Says hello to the host and follows it from then on. */
  async start(): Promise<void> {
    const { client } = this.#page;
    client.on('unit/didChange', (payload) => this.#setUnit(payload as UnitState));
    client.on('explain/didChange', () => this.reads.renewExplanations());
    client.on('view/didLink', (payload) =>
      this.keep({ tab: (payload as UnitViewEvents['view/didLink']).tab }),
    );
    client.on('explain/didMake', (payload) => this.#showMade(payload as UnitViewEvents['explain/didMake']));
    client.on('explain/didProgress', (payload) => this.explaining.setProgress(payload as Progress | null));
    try {
      const persisted = readPersistedUnit(this.#page.readState());
      const opening = this.#page.opening as UnitOpening | undefined;
      if (opening) this.#begin(opening, persisted);
      const answer = await client.request('view/ready', { persisted });
      if (!opening) this.#begin(answer, persisted);
      else if (!isSame(answer.unit, opening.unit)) this.#setUnit(answer.unit);
    } catch (error) {
      this.fail(error);
    }
  }

  #begin(told: UnitOpening, persisted: PersistedUnit | null): void {
    // What the page itself kept of this unit is newer than what the host knows of it.
    const own = persisted?.unit === told.persisted.unit ? persisted : ofOther(told.persisted, persisted);
    this.#tested = own.test;
    this.keep({ ...own, model: told.persisted.model });
    this.#setUnit(told.unit);
  }

  /** The same object until the state changes. */
  get shown(): ShownUnit | null {
    return this.#shownOf(this.unit);
  }

  get kept(): PersistedUnit {
    return this.#kept;
  }

  get tab(): UnitTab {
    const { shown } = this;
    const tabs = shown === null ? UNIT_TABS : tabsOf(shown.view.summary);
    return tabs.find((tab) => tab === this.#kept.tab) ?? 'examples';
  }

  get explanations(): readonly ListedExplanation[] {
    return this.reads.explanations.reading.value ?? [];
  }

  /** The explanation whose evidence is shown. */
  get chosen(): ListedExplanation | null {
    if (this.#kept.guess) return null;
    return this.explanations.find(({ record }) => record.id === this.#kept.explanation) ?? null;
  }

  keep(change: Partial<PersistedUnit>): void {
    this.#kept = { ...this.#kept, ...change };
    this.#page.writeState(this.#kept);
    this.#load();
    this.changed();
  }

  setEffects(change: { readonly source?: EffectSource; readonly token?: number | null }): void {
    if (change.source !== undefined) {
      this.effectSource = change.source;
      this.effectToken = null;
    }
    if (change.token !== undefined) this.effectToken = change.token;
    this.#load();
    this.changed();
  }

  setOverlay(overlay: boolean): void {
    this.overlay = overlay;
    this.changed();
  }

  /** Goes to another unit; what is wrong with a typed id is told beside the field. */
  open(unit: string): void {
    this.#wanted = unit;
    this.goToProblem = null;
    this.changed();
    this.#page.client.request('unit/open', { unit }).catch((thrown: unknown) => {
      const error = toInterpError(thrown);
      if (error.code !== 'unit/unknown') return this.fail(error);
      this.goToProblem = error.message;
      this.changed();
    });
  }

  /** Opens once more what could not be opened. */
  openAgain(): void {
    this.open(this.#wanted ?? this.#kept.unit);
  }

  run(command: UnitCommand): void {
    this.tell(this.#page.client.request('command/run', { command }));
  }

  pin(pinned: boolean): void {
    this.tell(this.#page.client.request('unit/pin', { pinned }));
  }

  copy(text: string): void {
    this.tell(this.#page.client.request('clipboard/write', { text }));
  }

  copyLink(): void {
    this.tell(this.#page.client.request('link/copy', { tab: this.tab }));
  }

  export(name: string, text: string): void {
    this.tell(this.#page.client.request('file/export', { name, text }));
  }

  openPrompt(text: string): void {
    this.tell(this.#page.client.request('prompt/open', { text }));
  }

  removeExplanation(id: string): void {
    const removed = this.#page.client.request('explain/remove', { id });
    this.tell(removed.then(() => this.reads.renewExplanations()));
  }

  /** Runs the text in the box; asking twice for one text asks once. */
  test(): void {
    this.#tested = this.#kept.test;
    this.#load();
  }

  #setUnit(unit: UnitState): void {
    this.unit = unit;
    if (unit.state === 'ready') this.#follow(unit.view, unit.first ?? null);
    this.changed();
  }

  #follow({ summary, model, index }: UnitPageView, first: FirstReads | null): void {
    if (this.#kept.unit !== summary.id) {
      if (this.#kept.unit !== '') this.#typed.set(this.#kept.unit, this.#kept.words);
      const words = this.#typed.get(summary.id) ?? '';
      this.#kept = { ...this.#kept, unit: summary.id, words, explanation: null };
      this.explaining.reset();
      this.effectSource = null;
      this.effectToken = null;
      this.answer = null;
      this.#page.writeState(this.#kept);
    }
    this.reads.follow([model.modelId, summary.id, index?.indexId, index?.windows].join('|'), first);
    this.#load();
  }

  /** Asks for what the page shows now. */
  #load(): void {
    const { shown, reads, tab } = this;
    if (shown === null || this.unit.state !== 'ready') return;
    const { summary, index } = shown.view;
    reads.loadExplanations();
    // The strongest window is also what the first line and the effects speak of.
    if (index !== null) reads.loadExamples('top');
    if (index !== null && tab === 'examples') {
      reads.loadExamples('quantile');
      reads.loadExamples('random');
    }
    if (tab === 'examples') reads.loadExamples('imported');
    if (tab === 'weights') reads.loadWeights({ isHead: summary.kind === 'head' });
    if (tab === 'test' && this.#tested !== '') reads.loadTest(this.#tested);
    if (tab === 'effects') this.#loadEffects();
    const { explanation, guess } = this.#kept;
    if (explanation !== null && !guess) reads.loadDetail(explanation);
  }

  #loadEffects(): void {
    const first = this.reads.examples.top.reading.value?.[0]?.examples[0];
    const source = this.effectSource ?? (first === undefined ? null : { sequence: first.sequence });
    if (source !== null && !('text' in source && source.text === '')) this.reads.loadEffects(source);
  }

  override changed(): void {
    // The first example is known only once the examples are.
    if (this.tab === 'effects' && this.effectSource === null && this.unit.state === 'ready')
      this.#loadEffects();
    super.changed();
  }

  /** The game keeps words hidden, also those that a command made. */
  #showMade({ unit, id }: UnitViewEvents['explain/didMake']): void {
    this.reads.renewExplanations();
    if (unit === this.#kept.unit && !this.#kept.guess) this.keep({ tab: 'explain', explanation: id });
  }

  #didExplain(record: ExplanationRecord, { options }: ExplainTask): void {
    this.reads.renewExplanations();
    const own = options.explainer.kind === 'human';
    if (own && this.#kept.guess) this.answer = record.id;
    this.keep({ explanation: record.id, ...(own ? { guess: false } : {}) });
  }
}

/** What a page kept of another unit: its tab and its text go with a person, words and evidence do not. */
function ofOther(told: PersistedUnit, kept: PersistedUnit | null): PersistedUnit {
  if (kept === null) return told;
  return { ...told, tab: told.tab ?? kept.tab, test: kept.test, guess: kept.guess };
}

/** Two tellings of one state: what is shown already is not drawn again. */
function isSame(next: UnitState, before: UnitState): boolean {
  const { first: _first, ...known } = { first: null, ...before };
  return JSON.stringify(next) === JSON.stringify(known);
}

function shownOf(unit: UnitState): ShownUnit | null {
  const view = shownIn(unit);
  return view && { view, dimmed: unit.state !== 'ready' };
}
