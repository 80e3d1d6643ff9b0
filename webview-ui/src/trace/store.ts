import { quantityKey, type Quantity } from '../../../src/core/trace/quantity.ts';
import type {
  Candidate,
  HeatMap,
  LensRow,
  PatternReading,
  UnitReading,
} from '../../../src/core/trace/readings.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { shownIn } from '../../../src/protocol/runState.ts';
import type {
  PageCommand,
  PersistedView,
  Selection,
  TraceState,
  TraceView,
  TraceViewContract,
} from '../../../src/protocol/viewContract.ts';
import { remember } from '../controls/changed.ts';
import { PageStore } from '../controls/pageStore.ts';
import { Resource } from '../controls/resource.ts';
import {
  firstSelection,
  fitSelection,
  readPersisted,
  readSelection,
  type SelectionChange,
} from './selection.ts';

export const TABS = ['next', 'lens', 'latents', 'neurons', 'heads'] as const;
export type Tab = (typeof TABS)[number];

/** Values over the tokens together with what they are of, so that a late name never labels older numbers. */
export interface QuantityReading {
  readonly quantity: Quantity;
  readonly map: HeatMap;
}

/** What a store needs of its page. */
export interface StorePage {
  readonly client: Client<TraceViewContract>;
  readState(): unknown;
  writeState(state: unknown): void;
}

/** What is shown: the trace, the selection fitted to it, and whether something newer is awaited. */
export interface Shown {
  readonly view: TraceView;
  readonly selection: Selection;
  readonly dimmed: boolean;
}

const CANDIDATES = 60;
const UNITS = 12;
const LENS_CANDIDATES = 3;

/** The page's one state: trace, selection, tab, and what the panes read of the trace. */
export class TraceStore extends PageStore {
  trace: TraceState = { state: 'loading', message: 'Opening the trace', last: null };
  mode: 'picture' | 'table' = 'picture';

  readonly heat: Resource<QuantityReading>;
  /** Norms by layer, for the map when the chosen quantity has no layers. */
  readonly norms: Resource<QuantityReading>;
  readonly candidates: Resource<readonly Candidate[]>;
  readonly lens: Resource<readonly LensRow[]>;
  readonly latents: Resource<readonly UnitReading[]>;
  readonly neurons: Resource<readonly UnitReading[]>;
  readonly heads: Resource<readonly UnitReading[]>;
  readonly pattern: Resource<PatternReading>;

  readonly #page: StorePage;
  #persisted: PersistedView = { version: 1, uri: '', range: null, selection: null, tab: null };
  #shownTokens: string | null = null;
  readonly #shownOf = remember(shownOf);
  /** How often a quantity was chosen, or asked for by kind: an answer never undoes a newer choice. */
  #choices = 0;
  /** Choices that were sent and not answered yet. */
  #unheard = 0;

  constructor(page: StorePage) {
    super();
    this.#page = page;
    const changed = (): void => this.changed();
    this.heat = new Resource(changed);
    this.norms = new Resource(changed);
    this.candidates = new Resource(changed);
    this.lens = new Resource(changed);
    this.latents = new Resource(changed);
    this.neurons = new Resource(changed);
    this.heads = new Resource(changed);
    this.pattern = new Resource(changed);
  }

  /** Says hello to the host and follows it from then on. */
  async start(): Promise<void> {
    const { client } = this.#page;
    client.on('trace/didChange', (payload) => this.#setTrace(payload as TraceState));
    client.on('selection/didChange', (payload) => {
      const selection = readSelection((payload as { selection?: unknown } | null)?.selection);
      // Until the host has heard the person's last choice, what it says is older than that choice.
      if (selection === null || this.#unheard > 0) return;
      this.#keep({ ...this.#persisted, selection });
    });
    const persisted = readPersisted(this.#page.readState());
    try {
      const answer = await client.request('view/ready', { persisted });
      this.#persisted = answer.persisted;
      this.#page.writeState(answer.persisted);
      this.#setTrace(answer.trace);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The same object until the trace or the selection changes. */
  get shown(): Shown | null {
    return this.#shownOf(this.trace, this.#persisted.selection);
  }

  /** Name of the file that is traced, whatever became of the trace; empty until the host has said it. */
  get fileName(): string {
    return fileNameOf(this.#persisted.uri);
  }

  get tab(): Tab {
    return TABS.find((tab) => tab === this.#persisted.tab) ?? 'next';
  }

  /** The person chose: shown at once, kept, and told to the host, which tells everybody else. */
  select(change: SelectionChange): void {
    const { shown } = this;
    if (shown === null) return;
    if (change.quantity !== undefined) this.#choices++;
    const selection = fitSelection({ ...shown.selection, ...change }, shown.view);
    this.#keep({ ...this.#persisted, selection });
    this.#unheard++;
    const heard = this.#page.client.request('selection/set', { selection });
    this.tell(heard.finally(() => void this.#unheard--));
  }

  /** Colours by the unit of a kind that is strongest at the chosen place. */
  async selectStrongest(kind: 'neuron' | 'latent'): Promise<void> {
    const { shown } = this;
    if (shown === null) return;
    const { traceId } = shown.view.summary;
    const { position, layer } = shown.selection;
    const method = kind === 'neuron' ? 'trace/topNeurons' : 'trace/topLatents';
    const choice = ++this.#choices;
    const reading = this.#page.client.request(method, { traceId, position, layer, k: 1 });
    try {
      const unit = (await reading)[0]?.unit ?? this.#anyUnit(kind, shown);
      if (unit !== null && choice === this.#choices) this.select({ quantity: { kind: 'unit', unit } });
    } catch (error) {
      this.fail(error);
    }
  }

  chooseTab(tab: Tab): void {
    this.#keep({ ...this.#persisted, tab });
  }

  setMode(mode: 'picture' | 'table'): void {
    this.mode = mode;
    this.changed();
  }

  run(command: PageCommand): void {
    this.tell(this.#page.client.request('command/run', { command }));
  }

  openUnit(unit: string): void {
    this.tell(this.#page.client.request('unit/open', { unit }));
  }

  reveal(position: number): void {
    this.tell(this.#page.client.request('editor/reveal', { position }));
  }

  copy(text: string): void {
    this.tell(this.#page.client.request('clipboard/write', { text }));
  }

  override changed(): void {
    this.#read();
    super.changed();
  }

  #anyUnit(
    kind: 'neuron' | 'latent',
    { view, selection }: Shown,
  ): (Quantity & { kind: 'unit' })['unit'] | null {
    if (kind === 'neuron') return { kind, layer: selection.layer, neuron: 0 };
    const sae = view.model.saes.find(({ layer }) => layer === selection.layer) ?? view.model.saes[0];
    return sae === undefined ? null : { kind, sae: sae.id, index: 0 };
  }

  #setTrace(trace: TraceState): void {
    this.trace = trace;
    const tokens = this.shown?.view.summary.tokens.map(({ id }) => id).join(' ') ?? null;
    if (tokens !== this.#shownTokens) for (const resource of this.#resources()) resource.reset();
    this.#shownTokens = tokens;
    this.changed();
  }

  #keep(persisted: PersistedView): void {
    this.#persisted = persisted;
    this.#page.writeState(persisted);
    this.changed();
  }

  #resources(): readonly Resource<unknown>[] {
    const { heat, norms, candidates, lens, latents, neurons, heads, pattern } = this;
    return [heat, norms, candidates, lens, latents, neurons, heads, pattern];
  }

  /** Asks for what the panes show and do not have. */
  #read(): void {
    const { shown, tab } = this;
    if (shown === null || shown.view.summary.tokens.length === 0) return;
    const { client } = this.#page;
    const { traceId } = shown.view.summary;
    const { position, layer, quantity, head } = shown.selection;
    const at = `${traceId} ${position}`;
    const place = { traceId, position, layer, k: UNITS };
    const readHeat = async (of: Quantity, signal: AbortSignal): Promise<QuantityReading> => ({
      quantity: of,
      map: await client.request('trace/heatMap', { traceId, quantity: of }, { signal }),
    });
    this.heat.load(`${traceId} ${quantityKey(quantity)}`, (signal) => readHeat(quantity, signal));
    if (this.heat.reading.value !== null && this.heat.reading.value.map.layers === undefined) {
      const norm: Quantity = { kind: 'norm', site: 'resid_post', layer: firstSelection(shown.view).layer };
      this.norms.load(traceId, (signal) => readHeat(norm, signal));
    }
    if (tab === 'next')
      this.candidates.load(at, (signal) =>
        client.request('trace/candidates', { traceId, position, k: CANDIDATES }, { signal }),
      );
    if (tab === 'lens')
      this.lens.load(at, (signal) =>
        client.request('trace/lens', { traceId, position, k: LENS_CANDIDATES }, { signal }),
      );
    if (tab === 'latents' || tab === 'next')
      this.latents.load(`${at} ${layer}`, (signal) => client.request('trace/topLatents', place, { signal }));
    if (tab === 'neurons')
      this.neurons.load(`${at} ${layer}`, (signal) => client.request('trace/topNeurons', place, { signal }));
    if (tab !== 'heads') return;
    this.heads.load(`${at} ${layer}`, (signal) =>
      client.request('trace/topHeads', { ...place, k: shown.view.model.n_heads }, { signal }),
    );
    this.pattern.load(`${traceId} ${layer} ${head}`, (signal) =>
      client.request('trace/pattern', { traceId, layer, head }, { signal }),
    );
  }
}

function fileNameOf(uri: string): string {
  const written =
    uri
      .replace(/[?#].*$/u, '')
      .split(/[/:]/u)
      .at(-1) ?? '';
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

function shownOf(trace: TraceState, chosen: Selection | null): Shown | null {
  const view = shownIn(trace);
  if (view === null) return null;
  return { view, selection: fitSelection(chosen, view), dimmed: trace.state !== 'ready' };
}
