import * as vscode from 'vscode';
import { isInterpError, toInterpError } from '../../core/errors.ts';
import { allFamilies, familyId } from '../../core/records/family.ts';
import { UNIT_CATEGORIES, UNIT_SORTS } from '../../core/records/readings.ts';
import {
  BROWSER_COMMANDS,
  type BrowserCommand,
  type BrowserState,
  type BrowserView,
  type BrowserViewContract,
  type BrowserViewEvents,
  type PersistedBrowser,
  type ShownMatches,
} from '../../protocol/browserViewContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { UnitList, UnitQuery } from '../../protocol/recordsContract.ts';
import { serve, type Handlers, type Server } from '../../protocol/rpc.ts';
import { shownIn } from '../../protocol/runState.ts';
import { toWireError } from '../../protocol/wireError.ts';
import { COMMANDS, VIEWS } from '../contributions.ts';
import { openViewPort, pageManners, readPage, type PageContext } from '../panels/panel.ts';
import { fieldsOf, flag, index, oneOf, persisted, text, textOrNull } from '../panels/validate.ts';
import { BROWSED } from './browsedModel.ts';
import type { UnitServices } from './unitSession.ts';
import type { UnitPanels } from './unitPanels.ts';
import { listLength } from './validateUnit.ts';

export interface BrowserContext extends PageContext, UnitServices {
  readonly unitPanels: UnitPanels;
}

/** Milliseconds before a reading is said to be under way: most end sooner, and a line that comes and goes is noise. */
const SLOW_MS = 300;
const FRESH: PersistedBrowser = {
  version: 1,
  family: null,
  text: '',
  sort: 'id',
  falling: false,
  category: 'all',
  pinnedOnly: false,
};

/** The feature browser in the side bar: all units of a family, searched and sorted. */
export class FeatureBrowser implements vscode.WebviewViewProvider, vscode.Disposable {
  private readonly context: BrowserContext;
  private readonly subscriptions: vscode.Disposable[];
  private server: Server<BrowserViewEvents> | null = null;
  private state: BrowserState = { state: 'loading', message: 'Opening the model', last: null };
  private place: vscode.WebviewView | null = null;
  private matches: ShownMatches | null = null;
  /** What pages of the shown units are opened with. */
  private source: string | null = null;
  private turn = 0;
  /** Beside the view's title: the model whose units are shown. */
  description = '';
  /** Pages that asked for their state so far: 0 = still loading. */
  readiness = 0;

  constructor(context: BrowserContext) {
    this.context = context;
    const again = (): void => void this.load();
    this.subscriptions = [
      vscode.window.registerWebviewViewProvider(VIEWS.browser, this),
      context.browsed.onDidChoose(() => this.goOver()),
      context.browsed.onDidChange(again),
      context.library.onDidChange(again),
      context.models.onDidChange(again),
      context.pins.onDidChange(() => void this.readPins()),
      context.engine.onDidRestart(again),
      context.library.onDidExplain(() => this.server?.emit('units/didChange', {})),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.server?.close();
    const server = serve<BrowserViewContract, BrowserViewEvents>(openViewPort(view), this.handlers());
    this.server = server;
    this.place = view;
    view.onDidDispose(() => {
      server.close();
      if (this.server !== server) return;
      this.server = null;
      this.place = null;
    });
    view.webview.html = readPage(this.context.extensionUri, 'browser');
    void this.load();
  }

  get shownMatches(): ShownMatches | null {
    return this.matches;
  }

  /** Shows units that fire on a text, in place of the list. */
  async show(matches: ShownMatches): Promise<void> {
    this.matches = matches;
    await vscode.commands.executeCommand(`${VIEWS.browser}.focus`);
    this.server?.emit('browser/didMatch', matches);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.server?.close();
  }

  /** What is shown, while it is read again too. */
  get view(): BrowserView | null {
    return shownIn(this.state);
  }

  private async load(): Promise<void> {
    if (!this.server) return;
    const turn = ++this.turn;
    const last = this.view;
    const set = (state: BrowserState): void => {
      if (turn !== this.turn) return;
      this.state = state;
      this.server?.emit('browser/didChange', state);
    };
    const message = 'Reading the embedded corpus once';
    const { browsed, library, pins } = this.context;
    let slow: ReturnType<typeof setTimeout> | undefined;
    let following: vscode.Disposable | undefined;
    const tell = (): void => {
      const { making } = library;
      set({ state: 'loading', message, last, ...(making ? { making } : {}) });
    };
    try {
      const { model, source, missing } = await browsed.open();
      slow = setTimeout(() => {
        following = library.onDidMake(tell);
        tell();
      }, SLOW_MS);
      const found = await library.index(model);
      const view = {
        model,
        families: allFamilies(model).map(familyId),
        index: found,
        pins: await pins.of(model.name),
      };
      if (turn === this.turn) {
        this.source = source;
        this.describe(missing === null ? model.name : `${model.name}, for ${missing} is not here`);
      }
      set({ state: 'ready', view });
      if (this.matches) this.server?.emit('browser/didMatch', this.matches);
    } catch (error) {
      set({ state: 'error', error: toWireError(toInterpError(error)), last });
    } finally {
      clearTimeout(slow);
      following?.dispose();
    }
  }

  private describe(description: string): void {
    this.description = description;
    if (this.place) this.place.description = description;
  }

  /** Nothing that is shown is the chosen model's. */
  private goOver(): void {
    this.matches = null;
    this.server?.emit('browser/didMatch', null);
    const name = this.context.browsed.chosenName ?? '';
    this.describe(name);
    this.state = { state: 'loading', message: `Opening ${name || 'the default model'}`, last: null };
    this.server?.emit('browser/didChange', this.state);
    void this.load();
  }

  /** Nothing else of what is shown depends on them. */
  private async readPins(): Promise<void> {
    const { state } = this;
    if (state.state !== 'ready') return this.load();
    const pins = await this.context.pins.of(state.view.model.name);
    if (this.state !== state) return;
    this.state = { state: 'ready', view: { ...state.view, pins } };
    this.server?.emit('browser/didChange', this.state);
  }

  private handlers(): Handlers<BrowserViewContract> {
    const { context } = this;
    const manners = pageManners(context.extensionUri, context);
    return {
      'clipboard/write': manners['clipboard/write'],
      'view/violation': manners['view/violation'],
      'view/ready': (params) => {
        const kept = persistedBrowser(fieldsOf(params)['persisted']);
        this.readiness++;
        return { persisted: kept ?? FRESH, browser: this.state };
      },
      'unit/list': (params, { signal }) => this.list(unitQuery(params), signal),
      'unit/open': (params) => {
        const fields = fieldsOf(params);
        const preserveFocus = flag(fields, 'preserveFocus');
        const source = { model: this.source, unit: text(fields, 'unit'), tab: null };
        const { panel } = context.unitPanels.open(source, vscode.ViewColumn.Active);
        if (!preserveFocus) panel.reveal(undefined, false);
        return null;
      },
      'unit/pin': async (params) => {
        const fields = fieldsOf(params);
        const { model } = this.view ?? (await context.browsed.open());
        await context.pins.set(model.name, text(fields, 'unit'), flag(fields, 'pinned'));
        return null;
      },
      'command/run': async (params) => {
        const fields = fieldsOf(params);
        await this.run(oneOf(BROWSER_COMMANDS, fields['command']), textOrNull(fields, 'family'));
        return null;
      },
    };
  }

  /** Units of the shown model; one that the engine let go for others is opened again. */
  async list(query: UnitQuery & { readonly pinnedOnly: boolean }, signal?: AbortSignal): Promise<UnitList> {
    const { model } = this.view ?? (await this.context.browsed.open());
    try {
      return await this.listOf(model, query, signal);
    } catch (error) {
      if (!isInterpError(error, 'model/not-found')) throw error;
      return this.listOf((await this.context.browsed.open()).model, query, signal);
    }
  }

  private async listOf(
    { modelId, name }: ModelInfo,
    { pinnedOnly, ...query }: UnitQuery & { readonly pinnedOnly: boolean },
    signal?: AbortSignal,
  ): Promise<UnitList> {
    const { engine, pins } = this.context;
    const options = signal ? { signal } : {};
    if (!pinnedOnly) return engine.request('unit/list', { ...query, modelId }, options);
    const known = new Set(await pins.of(name));
    const all = { ...query, modelId, from: 0, count: Number.MAX_SAFE_INTEGER };
    const { rows } = await engine.request('unit/list', all, options);
    const pinned = rows.filter(({ id }) => known.has(id));
    return { total: pinned.length, rows: pinned.slice(query.from, query.from + query.count) };
  }

  private async run(command: BrowserCommand, family: string | null): Promise<void> {
    const execute = (id: string, ...args: readonly unknown[]): Thenable<unknown> =>
      vscode.commands.executeCommand(id, ...args);
    const table: Record<BrowserCommand, () => unknown> = {
      scan: () => execute(COMMANDS.scan, family),
      cancel: () => this.context.library.pause(),
      retry: () => this.load(),
      openLog: () => this.context.log.show(),
      openReport: () => execute(COMMANDS.report),
      explainFamily: () => execute(COMMANDS.explainLayer, family),
      rate: () => execute(COMMANDS.rate),
      matchSelection: () => execute(COMMANDS.matchSelection, BROWSED),
      lucky: () => execute(COMMANDS.lucky, family),
    };
    await table[command]();
  }
}

function unitQuery(params: unknown) {
  const fields = fieldsOf(params);
  return {
    family: text(fields, 'family'),
    text: text(fields, 'text'),
    sort: oneOf(UNIT_SORTS, fields['sort']),
    falling: flag(fields, 'falling'),
    category: oneOf(UNIT_CATEGORIES, fields['category']),
    from: index(fields, 'from'),
    count: listLength(fields, 'count'),
    pinnedOnly: flag(fields, 'pinnedOnly'),
  };
}

function persistedBrowser(value: unknown): PersistedBrowser | null {
  return persisted(value, (fields) => ({
    version: 1,
    family: textOrNull(fields, 'family'),
    text: text(fields, 'text'),
    sort: oneOf(UNIT_SORTS, fields['sort']),
    falling: flag(fields, 'falling'),
    category: oneOf(UNIT_CATEGORIES, fields['category']),
    pinnedOnly: flag(fields, 'pinnedOnly'),
  }));
}
