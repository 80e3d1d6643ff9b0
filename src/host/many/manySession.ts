import * as vscode from 'vscode';
import { InterpError, isInterpError, toInterpError } from '../../core/errors.ts';
import type { DebugOptions } from '../../protocol/debugContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type {
  ManyColumn,
  ManyPrompt,
  ManyPromptState,
  ManyState,
  ManySweep,
  ManySweepAsked,
  MeanRow,
} from '../../protocol/manyViewContract.ts';
import { toWireError } from '../../protocol/wireError.ts';
import { meanOf, meanRows, sweepMeans, valueIn, type PromptNumbers } from './means.ts';
import type { PromptSet } from './promptFiles.ts';
import { MANY_OPTIONS, runPrompt, sweepPrompt, type RunContext } from './promptRuns.ts';
import { surviving } from './surviving.ts';

export interface ManyContext extends RunContext {
  readonly log: vscode.LogOutputChannel;
}

/** A prompt of the set, with what is known of it. */
interface Entry {
  readonly uri: vscode.Uri;
  state: ManyPromptState;
  error: InterpError | null;
  columns: PromptNumbers['columns'] | null;
  value: number | null;
  swept: Map<string, number>;
}

/** Pages hear of what changed at most so often, ms. */
const TELL_EVERY = 80;

/**
 * Prompts debugged one by one, and averaged. One job at a time: starting another ends the one before. What was done
 * stays when a job is cancelled, when a prompt fails, and when the engine is restarted.
 */
export class ManySession implements vscode.Disposable {
  readonly prompts: PromptSet;
  private readonly context: ManyContext;
  private readonly entries: readonly Entry[];
  private readonly emitter = new vscode.EventEmitter<ManyState>();
  private readonly subscriptions: vscode.Disposable[];
  private running: AbortController | null = null;
  private timer: NodeJS.Timeout | null = null;
  private untold = false;
  private status: ManyState['state'] = 'ready';
  private options: DebugOptions;
  private unit = '';
  private model: ModelInfo | null = null;
  private notice: string | null = null;
  private sweeping: ManySweep | null = null;
  private nodesRevision = 0;
  private sweepRevision = 0;

  readonly onDidChange = this.emitter.event;

  constructor(prompts: PromptSet, options: DebugOptions | null, context: ManyContext) {
    this.prompts = prompts;
    this.options = options ?? MANY_OPTIONS;
    this.context = context;
    this.entries = prompts.uris.map((uri) => ({ uri, ...unknown() }));
    this.subscriptions = [
      this.emitter,
      context.engine.onDidRestart(() => this.didRestart()),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.contentChanges.length > 0) this.didEdit(event.document.uri);
      }),
    ];
  }

  get state(): ManyState {
    const done = this.done();
    return {
      title: this.prompts.title,
      state: this.status,
      prompts: this.entries.map(shownEntry),
      unit: this.unit,
      value: meanOf(done.map(({ value }) => value)),
      model: this.model,
      options: this.options,
      sweep: this.sweeping,
      notice: this.notice,
      nodesRevision: this.nodesRevision,
      sweepRevision: this.sweepRevision,
    };
  }

  nodes(): readonly MeanRow[] {
    return meanRows(this.done());
  }

  sweepRows(): readonly MeanRow[] {
    return sweepMeans(this.done());
  }

  each(key: string, column: ManyColumn): readonly (number | null)[] {
    return this.entries.map((entry) => {
      const numbers = numbersOf(entry);
      return numbers && valueIn(numbers, key, column);
    });
  }

  /** Runs the prompts that have no numbers, or whose text has changed; all of them when there are none such. */
  run(): void {
    if (this.entries.every(({ state }) => state === 'done')) this.forget();
    void this.work((signal) => this.debugAll(signal));
  }

  setOptions(options: DebugOptions): void {
    this.options = options;
    this.forget();
    void this.work((signal) => this.debugAll(signal));
  }

  sweep(asked: ManySweepAsked): void {
    void this.work((signal) => this.sweepAll(asked, signal));
  }

  cancel(): void {
    this.running?.abort();
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    this.running?.abort();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async work(job: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.notice = null;
    this.status = 'running';
    this.changed();
    try {
      await job(running.signal);
    } catch (error) {
      if (!isInterpError(error, 'cancelled')) this.context.log.error(String(error));
    }
    if (this.running !== running) return;
    this.running = null;
    this.status = running.signal.aborted ? 'cancelled' : 'ready';
    this.changed();
  }

  private async debugAll(signal: AbortSignal): Promise<void> {
    for (const entry of this.entries) {
      if (signal.aborted) return;
      if (entry.state === 'done') continue;
      const before = entry.state;
      Object.assign(entry, unknown(), { state: 'running' });
      this.changed();
      try {
        const run = await surviving(() => runPrompt(entry.uri, this.options, this.context, signal), signal);
        this.assertComparable(run);
        Object.assign(entry, { state: 'done', columns: run.columns, value: run.value });
        this.unit = run.unit;
        this.model = run.model;
        this.nodesRevision++;
      } catch (thrown) {
        const error = toInterpError(thrown);
        const cancelled = error.code === 'cancelled';
        Object.assign(entry, cancelled ? { state: before } : { state: 'failed', error });
      }
      this.changed();
    }
  }

  private async sweepAll(asked: ManySweepAsked, signal: AbortSignal): Promise<void> {
    const entries = this.entries.filter(({ state }) => state === 'done');
    for (const entry of this.entries) entry.swept = new Map();
    const failed: { name: string; error: ManySweep['failed'][number]['error'] }[] = [];
    const tell = (change: Partial<ManySweep>): void => {
      const start = { asked, state: 'running', done: 0, total: entries.length, message: '' } as const;
      const now = this.sweeping?.asked === asked ? this.sweeping : start;
      this.sweeping = { ...now, ...change, failed: [...failed] };
      this.sweepRevision++;
      this.changed();
    };
    tell({});
    for (const [index, entry] of entries.entries()) {
      if (signal.aborted) break;
      const name = nameOf(entry);
      tell({ done: index, message: name });
      try {
        await surviving(
          () => this.sweepOne(entry, asked, signal, (message) => tell({ message: `${name}, ${message}` })),
          signal,
        );
      } catch (thrown) {
        const error = toInterpError(thrown);
        if (error.code !== 'cancelled') failed.push({ name, error: toWireError(error) });
      }
    }
    tell(signal.aborted ? { state: 'cancelled' } : { state: 'ready', done: entries.length, message: '' });
  }

  private sweepOne(
    entry: Entry,
    asked: ManySweepAsked,
    signal: AbortSignal,
    say: (message: string) => void,
  ): Promise<void> {
    const onPart: Parameters<typeof sweepPrompt>[3]['onPart'] = (rows, done, parts) => {
      for (const { unit, effect } of rows) entry.swept.set(unit, effect);
      say(`part ${done} of ${parts}`);
    };
    return sweepPrompt(entry.uri, { ...asked, options: this.options }, this.context, { signal, onPart });
  }

  /** Means over different models or units would mean nothing. @throws scalar/not-comparable */
  private assertComparable({ model, unit }: { readonly model: ModelInfo; readonly unit: string }): void {
    if (this.done().length === 0) return;
    const wrong = (what: string, found: string, others: string): InterpError =>
      new InterpError('scalar/not-comparable', `Its ${what} is ${found}, that of the others ${others}.`, {
        data: { found, others },
      });
    const { name } = this.model ?? model;
    if (model.name !== name) throw wrong('model', model.name, name);
    if (unit !== this.unit) throw wrong('scalar’s unit', unit, this.unit);
  }

  private done(): PromptNumbers[] {
    return this.entries.flatMap((entry) => numbersOf(entry) ?? []);
  }

  private forget(): void {
    for (const entry of this.entries) Object.assign(entry, unknown());
    this.sweeping = null;
    this.nodesRevision++;
    this.sweepRevision++;
  }

  private didEdit(uri: vscode.Uri): void {
    const entry = this.entries.find((each) => each.uri.toString() === uri.toString());
    if (!entry || entry.state !== 'done') return;
    entry.state = 'changed';
    this.nodesRevision++;
    this.sweepRevision++;
    this.changed();
  }

  private didRestart(): void {
    if (!this.running) return;
    this.notice = 'The engine was restarted. What was measured before is kept.';
    this.changed();
  }

  /** The first change is told at once, those that follow soon after are told together. */
  private changed(): void {
    if (this.timer) {
      this.untold = true;
      return;
    }
    this.emitter.fire(this.state);
    this.timer = setTimeout(() => {
      this.timer = null;
      if (!this.untold) return;
      this.untold = false;
      this.changed();
    }, TELL_EVERY);
  }
}

function unknown(): Omit<Entry, 'uri'> {
  return { state: 'waiting', error: null, columns: null, value: null, swept: new Map() };
}

function numbersOf({ state, columns, value, swept }: Entry): PromptNumbers | null {
  return state === 'done' && columns !== null && value !== null ? { columns, value, swept } : null;
}

function nameOf({ uri }: Entry): string {
  return vscode.workspace.asRelativePath(uri);
}

function shownEntry(entry: Entry): ManyPrompt {
  const { uri, state, value, error } = entry;
  return { uri: uri.toString(), name: nameOf(entry), state, value, error: error && toWireError(error) };
}
