import * as vscode from 'vscode';
import { isInterpError, toInterpError } from '../../core/errors.ts';
import type { ModelInfo, Progress } from '../../protocol/engineContract.ts';
import type { IndexInfo } from '../../protocol/recordsContract.ts';
import type { UnitPageView, UnitState } from '../../protocol/unitViewContract.ts';
import type { Client } from '../../protocol/rpc.ts';
import type { EngineContract } from '../../protocol/engineContract.ts';
import { toWireError } from '../../protocol/wireError.ts';
import type { Language } from '../language/languageSettings.ts';
import type { Engine, Models } from '../session/session.ts';
import type { Library } from './library.ts';
import type { Pins } from './pins.ts';

export interface UnitServices {
  readonly engine: Engine;
  readonly models: Models;
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
    void this.load();
  }

  get view(): UnitPageView | null {
    return this.state.state === 'ready' ? this.state.view : this.state.last;
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

  private async load(): Promise<void> {
    const turn = ++this.turn;
    const last = this.view;
    const set = (state: UnitState): void => {
      if (turn !== this.turn) return;
      this.state = state;
      this.emitter.fire(state);
    };
    if (last?.summary.id !== this.unit) set({ state: 'loading', message: `Opening ${this.unit}`, last });
    try {
      const view = await this.read((partial) => set({ state: 'ready', view: partial }));
      if (turn === this.turn) this.unit = view.summary.id;
      set({ state: 'ready', view });
    } catch (error) {
      const failure = toInterpError(error);
      if (failure.code === 'cancelled') return;
      this.services.log.warn(`${this.unit}: ${failure.code}: ${failure.message}`);
      set({ state: 'error', error: toWireError(failure), last });
    }
  }

  /** `onSlow` gets what needs no index, again and again while the first index of the embedded model is being made. */
  private async read(onSlow: (partial: UnitPageView) => void): Promise<UnitPageView> {
    const { engine, library, pins, language } = this.services;
    const model = await this.model();
    const { unit } = this;
    const read = async (index: IndexInfo | null): Promise<UnitPageView> => {
      const summary = await engine.request('unit/summary', { modelId: model.modelId, unit });
      const pinned = (await pins.of(model.name)).includes(summary.id);
      const covers = index?.families.includes(summary.family) ? index : null;
      return { summary, model, index: covers, making: null, pinned, language: await language.choice() };
    };
    const indexing = library.index(model);
    const following: vscode.Disposable[] = [];
    let ended = false;
    const follow = async (): Promise<void> => {
      const partial = await read(null);
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
      return await read(await indexing);
    } finally {
      ended = true;
      clearTimeout(slow);
      vscode.Disposable.from(...following).dispose();
    }
  }
}

/** An index that is there is found sooner. */
const SLOW_MS = 400;
const STARTING: Progress = { done: 0, total: 0, message: 'Starting' };
