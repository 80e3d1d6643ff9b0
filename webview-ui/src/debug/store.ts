import type {
  DebugCandidate,
  DebugOptions,
  DebugTable,
  DebugView,
  LayerAttribution,
  NodeDetail,
  TraceStep,
} from '../../../src/protocol/debugContract.ts';
import type {
  DebugCommand,
  DebugPageView,
  DebugState,
  DebugViewContract,
  ExperimentDraft,
  ExperimentView,
  PersistedDebug,
} from '../../../src/protocol/debugViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { shownIn } from '../../../src/protocol/runState.ts';
import { remember } from '../controls/changed.ts';
import { PageStore } from '../controls/pageStore.ts';
import { Resource } from '../controls/resource.ts';
import { added, changed, undone, type EditList } from './editList.ts';
import { Measuring } from './measuring.ts';
import { PatchJob } from './patchJob.ts';
import { SweepJob } from './sweepJob.ts';
import { FIRST_OPTIONS, NOTHING_KEPT, readNode, readPersistedDebug } from './persisted.ts';
import { FIRST_CHOICE, type TableChoice } from './rows.ts';
import { currentStep, stepped, walkedTo, type Trail } from './trail.ts';

export const DEBUG_TABS = ['nodes', 'next', 'attention', 'effects', 'layers', 'prompts', 'sweeps'] as const;
export type DebugTab = (typeof DEBUG_TABS)[number];

/** What a store needs of its page. */
export interface DebugStorePage {
  readonly client: Client<DebugViewContract>;
  readState(): unknown;
  writeState(state: unknown): void;
}

/** What is shown: the last run, and whether something newer is awaited. */
export interface ShownDebug {
  readonly view: DebugPageView;
  readonly dimmed: boolean;
}

const CANDIDATES = 40;
const VOTES = 8;

/** The page's one state: the run, the draft over the prompt file, the trail upstream, and what the panes read. */
export class DebugStore extends PageStore {
  debug: DebugState = { state: 'loading', message: 'Opening the debugger', last: null };
  experiment: ExperimentView | null = null;
  choice: TableChoice = FIRST_CHOICE;
  /** Token that the other panes look from; null = the scalar's own position. */
  chosen: number | null = null;
  candidateFilter = '';
  /** The edit that a row, a cell or a button has made last: the page says where it went. */
  ablated: string | null = null;
  /** The field of the corrupted prompt gets the focus when it is drawn next. */
  wantsCorrupted = false;

  readonly table: Resource<DebugTable>;
  readonly candidates: Resource<readonly DebugCandidate[]>;
  readonly detail: Resource<NodeDetail>;
  readonly layers: Resource<LayerAttribution>;
  readonly measuring: Measuring;
  readonly sweep: SweepJob;
  readonly patch: PatchJob;
  readonly page: DebugStorePage;

  #kept: PersistedDebug = NOTHING_KEPT;
  #past: EditList['past'] = [];
  readonly #shownOf = remember(shownOf);

  constructor(page: DebugStorePage) {
    super();
    this.page = page;
    const onChange = (): void => this.changed();
    this.table = new Resource(onChange);
    this.candidates = new Resource(onChange);
    this.detail = new Resource(onChange);
    this.layers = new Resource(onChange);
    this.measuring = new Measuring(onChange);
    const keepJobs = (): void => this.#keep({ sweep: this.sweep.kept, patch: this.patch.kept });
    this.sweep = new SweepJob(page.client, keepJobs);
    this.patch = new PatchJob(page.client, keepJobs);
  }

  /** Says hello to the host and follows it from then on. */
  async start(): Promise<void> {
    const { client } = this.page;
    client.on('debug/didChange', (payload) => this.#setDebug(payload as DebugState));
    client.on('experiment/didChange', (payload) => {
      this.experiment = payload as ExperimentView;
      if (!this.experiment.isDraft) this.#keep({ draft: {} });
      this.changed();
    });
    client.on('selection/didChange', (payload) => {
      const { position } = payload as { position?: unknown };
      if (typeof position === 'number') this.chosen = position;
      this.changed();
    });
    try {
      const persisted = readPersistedDebug(this.page.readState());
      const answer = await client.request('view/ready', { persisted });
      this.#keep(answer.persisted);
      this.experiment = answer.experiment;
      this.#setDebug(answer.debug);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The same object until the run changes. */
  get shown(): ShownDebug | null {
    return this.#shownOf(this.debug);
  }

  get tab(): DebugTab {
    return DEBUG_TABS.find((tab) => tab === this.#kept.tab) ?? 'nodes';
  }

  get options(): DebugOptions {
    return this.#kept.options ?? FIRST_OPTIONS;
  }

  get trail(): Trail {
    return this.#kept;
  }

  get step(): TraceStep | null {
    return currentStep(this.#kept);
  }

  get pins(): readonly string[] {
    return this.#kept.pins;
  }

  /** Name of the row whose detail is shown. */
  get node(): string | null {
    return this.#kept.node;
  }

  get position(): number {
    const { shown } = this;
    const last = (shown?.view.summary.left.tokens.length ?? 1) - 1;
    return Math.max(0, Math.min(last, this.chosen ?? shown?.view.summary.position ?? last));
  }

  /** What reads of the engine are about; null while there is no run. */
  get asked(): DebugView | null {
    const { shown } = this;
    if (shown === null) return null;
    return { debugId: shown.view.summary.debugId, step: this.step, options: this.options };
  }

  /** Edits as they are drafted, and how to take a change back. */
  get editList(): EditList {
    return { edits: this.experiment?.experiment.edits ?? [], past: this.#past };
  }

  /** Goes to where the corrupted prompt is typed. */
  typeCorrupted(): void {
    this.chooseTab('prompts');
    this.wantsCorrupted = true;
    this.changed();
  }

  chooseTab(tab: DebugTab): void {
    this.#keep({ tab });
  }

  choose(change: Partial<TableChoice>): void {
    this.choice = { ...this.choice, ...change };
    this.changed();
  }

  setOptions(change: Partial<DebugOptions>): void {
    this.#keep({ options: { ...this.options, ...change } });
  }

  select(position: number): void {
    this.chosen = position;
    this.tell(this.page.client.request('selection/set', { position }));
    this.changed();
  }

  selectNode(name: string | null): void {
    this.#keep({ node: name });
  }

  togglePin(name: string): void {
    const { pins } = this;
    this.#keep({ pins: pins.includes(name) ? pins.filter((pin) => pin !== name) : [...pins, name] });
  }

  traceUpstream(step: TraceStep): void {
    this.#keep({ ...stepped(this.#kept, step), node: null });
  }

  walkTo(depth: number): void {
    this.#keep({ ...walkedTo(this.#kept, depth), node: null });
  }

  filterCandidates(filter: string): void {
    this.candidateFilter = filter;
    this.changed();
  }

  /** Drafts a change over the prompt file: shown at once, run by the host. */
  draft(change: ExperimentDraft): void {
    const draft = { ...this.#kept.draft, ...change };
    if (this.experiment !== null) {
      const experiment = { ...this.experiment.experiment, ...definedOf(change) };
      this.experiment = { ...this.experiment, experiment, isDraft: true };
    }
    this.#keep({ draft });
    this.tell(this.page.client.request('draft/set', { draft }));
  }

  changeEdits(edits: readonly string[]): void {
    const list = changed(this.editList, edits);
    this.#past = list.past;
    if (list.edits === edits) this.draft({ edits });
  }

  addEdit(edit: string): void {
    this.changeEdits(added(this.editList.edits, edit));
  }

  /** Adds the edit of something that is shown elsewhere than the edits. */
  ablate(edit: string): void {
    this.ablated = edit;
    this.addEdit(edit);
  }

  undoEdits(): void {
    const list = undone(this.editList);
    this.#past = list.past;
    this.draft({ edits: list.edits });
  }

  /** Goes back to what the prompt file says. */
  discard(): void {
    this.#past = [];
    this.#keep({ draft: {} });
    this.tell(this.page.client.request('draft/set', { draft: {} }));
  }

  save(): void {
    this.tell(this.page.client.request('prompt/save', {}));
  }

  run(command: DebugCommand): void {
    this.tell(this.page.client.request('command/run', { command }));
  }

  reveal(position: number): void {
    this.tell(this.page.client.request('editor/reveal', { position }));
  }

  openUnit(unit: string, position: number): void {
    this.tell(this.page.client.request('unit/open', { unit, position }));
  }

  copy(text: string): void {
    this.tell(this.page.client.request('clipboard/write', { text }));
  }

  exportFile(name: string, text: string): void {
    this.tell(this.page.client.request('file/export', { name, text }));
  }

  override changed(): void {
    this.#read();
    super.changed();
  }

  #setDebug(debug: DebugState): void {
    this.debug = debug;
    if (debug.state === 'ready') {
      const { fileName, experiment, isDraft } = debug.view;
      this.experiment = { fileName, experiment, isDraft };
      if (!isDraft) this.#kept = { ...this.#kept, draft: {} };
    }
    this.changed();
  }

  #keep(change: Partial<PersistedDebug>): void {
    this.#kept = { ...this.#kept, ...change };
    this.page.writeState(this.#kept);
    this.changed();
  }

  /** Asks for what the panes show and do not have. */
  #read(): void {
    const { asked, tab } = this;
    if (asked === null || this.debug.state !== 'ready') return;
    this.#takeUp(asked, this.debug.view.model.n_layers);
    const { client } = this.page;
    const key = JSON.stringify(asked);
    this.measuring.use(key, (nodes, signal) =>
      client.request('debug/measure', { ...asked, nodes }, { signal }),
    );
    if (tab === 'nodes' || tab === 'effects')
      this.table.load(key, (signal) => client.request('debug/table', asked, { signal }));
    if (tab === 'nodes') this.#readDetail(asked, key);
    if (tab === 'next') {
      const filter = this.candidateFilter;
      this.candidates.load(`${key} ${filter}`, (signal) =>
        client.request('debug/candidates', { ...asked, k: CANDIDATES, filter }, { signal }),
      );
    }
    if (tab === 'layers') {
      const { debugId, options } = asked;
      this.layers.load(`${debugId} ${JSON.stringify(options)}`, (signal) =>
        client.request('debug/layers', { debugId, options }, { signal }),
      );
    }
  }

  /** Sweep and patching of a page that was made again: asked for when the run is known. */
  #takeUp(asked: DebugView, n_layers: number): void {
    const { sweep, patch } = this.#kept;
    if (sweep !== null && this.sweep.asked === null) this.sweep.restore(sweep, asked);
    if (patch !== null && this.patch.asked === null) this.patch.restore(patch, asked.debugId, n_layers);
  }

  #readDetail(asked: DebugView, key: string): void {
    const node = readNode(this.node);
    if (node === null) return;
    this.detail.load(`${key} ${this.node}`, (signal) =>
      this.page.client.request('debug/detail', { ...asked, node, k: VOTES }, { signal }),
    );
  }
}

function shownOf(debug: DebugState): ShownDebug | null {
  const view = shownIn(debug);
  return view === null ? null : { view, dimmed: debug.state !== 'ready' };
}

/** A draft that takes a key back leaves what the file says, which the host tells. */
function definedOf(change: ExperimentDraft): ExperimentView['experiment'] {
  const entries = Object.entries(change).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as ExperimentView['experiment'];
}
