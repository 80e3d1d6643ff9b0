import * as vscode from 'vscode';
import { isInterpError, toInterpError } from '../../core/errors.ts';
import type { ModelInfo, Progress } from '../../protocol/engineContract.ts';
import type { IndexInfo } from '../../protocol/recordsContract.ts';
import type { FirstReads, UnitPageView, UnitState } from '../../protocol/unitViewContract.ts';
import type { Client } from '../../protocol/rpc.ts';
import type { EngineContract } from '../../protocol/engineContract.ts';
import { shownIn } from '../../protocol/runState.ts';
import { toWireError } from '../../protocol/wireError.ts';
import type { Language } from '../language/languageSettings.ts';
import type { Engine, Models } from '../session/session.ts';
import type { BrowsedModel } from './browsedModel.ts';
import { firstReads } from './firstReads.ts';
import type { Library } from './library.ts';
import type { Pins } from './pins.ts';

export interface UnitServices {
  readonly engine: Engine;
  readonly models: Models;
  readonly browsed: BrowsedModel;
  readonly library: Library;
  readonly pins: Pins;
  readonly language: Language;
  readonly log: vscode.LogOutputChannel;
}

/** What one unit page shows: which unit of which model, and what is known of it. */
export class UnitSession implements vscode.Disposable {
  private readonly services: UnitServices;
  private readonly emitter = new vscode.EventEmitter<UnitState>();
  private readonly subscriptions: vscode.Disposable[];
  /** Counts openings: a late answer of an earlier one is dropped. */
  private turn = 0;

  readonly onDidChange = this.emitter.event;
  /** Null = what settings ask for. */
  readonly modelName: string | null;
  unit: string;
  state: UnitState = { state: 'loading', message: 'Opening the model', last: null };
  /** What came of the first look at the unit; null when another one came in between. */
  readonly opening: Promise<UnitState | null>;

  constructor(unit: string, modelName: string | null, services: UnitServices) {
    this.unit = unit;
    this.modelName = modelName;
    this.services = services;
    const again = (): void => void this.load();
    this.subscriptions = [
      this.emitter,
      services.library.onDidChange(again),
      services.pins.onDidChange(again),
      services.language.onDidChange(again),
      services.engine.onDidRestart(again),
    ];
    this.opening = this.load();
  }

  get view(): UnitPageView | null {
    return shownIn(this.state);
  }

  /** Goes to another unit, given in any form; the page keeps what it shows until that one is known. @throws unit/unknown */
  async open(unit: string): Promise<void> {
    const { modelId } = this.view?.model ?? (await this.model());
    this.unit = (await this.request('unit/summary', { modelId, unit })).id;
    await this.load();
  }

  /** A read of the engine about the shown model; a model that it forgot is opened again first. */
  readonly request: Client<EngineContract>['request'] = async (method, params, options) => {
    try {
      return await this.services.engine.request(method, params, options);
    } catch (error) {
      if (isInterpError(error, 'model/not-found')) void this.load();
      throw error;
    }
  };

  /** The model that is shown, opened when it is not. */
  model(): Promise<ModelInfo> {
    return this.services.models.open(this.modelName);
  }

  dispose(): void {
    this.turn++;
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** What came of it; null when another load came in between. */
  private async load(): Promise<UnitState | null> {
    const turn = ++this.turn;
    const last = this.view;
    const set = (state: UnitState): UnitState | null => {
      if (turn !== this.turn) return null;
      this.state = state.state === 'ready' ? { state: 'ready', view: state.view } : state;
      this.emitter.fire(state);
      return state;
    };
    const isNew = last?.summary.id !== this.unit;
    const dimming = isNew ? this.dimSoon(last) : undefined;
    try {
      const read = await this.read({ isNew, onSlow: (view) => void set({ state: 'ready', view }) });
      if (turn === this.turn) this.unit = read.view.summary.id;
      return set({ state: 'ready', ...read });
    } catch (error) {
      const failure = toInterpError(error);
      if (failure.code === 'cancelled') return null;
      this.services.log.warn(`${this.unit}: ${failure.code}: ${failure.message}`);
      return set({ state: 'error', error: toWireError(failure), last });
    } finally {
      clearTimeout(dimming);
    }
  }

  /** A page that has its next unit at once is not dimmed in between. */
  private dimSoon(last: UnitPageView | null): NodeJS.Timeout {
    const { turn } = this;
    const loading: UnitState = { state: 'loading', message: `Opening ${this.unit}`, last };
    this.state = loading;
    return setTimeout(() => {
      if (turn === this.turn) this.emitter.fire(loading);
    }, DIM_MS);
  }

  /** `onSlow` gets what needs no index, again and again while the first index of the embedded model is being made. */
  private async read({ isNew, onSlow }: ReadOptions): Promise<ReadUnit> {
    const { library } = this.services;
    const { unit } = this;
    const model = await this.model();
    const indexing = library.index(model);
    const following: vscode.Disposable[] = [];
    let ended = false;
    const follow = async (): Promise<void> => {
      const partial = await this.viewOf(model, unit, null);
      const tell = (): void => {
        if (!ended) onSlow({ ...partial, making: library.making ?? STARTING });
      };
      if (ended) return;
      following.push(library.onDidMake(tell));
      tell();
    };
    // What cannot be read now fails below, where it is told.
    const slow = setTimeout(() => void follow().catch(() => {}), SLOW_MS);
    try {
      const index = await indexing;
      const ref = { modelId: model.modelId, unit };
      if (!isNew) return { view: await this.viewOf(model, unit, index) };
      const [view, first] = await Promise.all([
        this.viewOf(model, unit, index),
        firstReads(this.services.engine, ref),
      ]);
      return { view, first };
    } finally {
      ended = true;
      clearTimeout(slow);
      vscode.Disposable.from(...following).dispose();
    }
  }

  private async viewOf(model: ModelInfo, unit: string, index: IndexInfo | null): Promise<UnitPageView> {
    const { engine, pins, language } = this.services;
    const { modelId, name } = model;
    const [summary, pinned, choice] = await Promise.all([
      engine.request('unit/summary', { modelId, unit }),
      pins.of(name),
      language.choice(),
    ]);
    const covers = index?.families.includes(summary.family) ? index : null;
    const isPinned = pinned.includes(summary.id);
    return { summary, model, index: covers, making: null, pinned: isPinned, language: choice };
  }
}

interface ReadOptions {
  /** The unit was not shown before: what its first paint needs is read with it. */
  readonly isNew: boolean;
  onSlow(partial: UnitPageView): void;
}

interface ReadUnit {
  readonly view: UnitPageView;
  readonly first?: FirstReads;
}

/** An answer that comes sooner is shown at once. */
const DIM_MS = 100;
/** An index that is there is found sooner. */
const SLOW_MS = 400;
const STARTING: Progress = { done: 0, total: 0, message: 'Starting' };
