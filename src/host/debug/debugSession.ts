import * as vscode from 'vscode';
import { isInterpError, toInterpError, type InterpError } from '../../core/errors.ts';
import type { BosMode } from '../../core/tokens/bos.ts';
import type {
  DebugPageView,
  DebugState,
  ExperimentDraft,
  ExperimentView,
} from '../../protocol/debugViewContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import { offerToAdd } from '../hub/absent.ts';
import { delayedProgress, type ProgressManner } from '../session/progress.ts';
import type { Engine, Models } from '../session/session.ts';
import { setting } from '../settings.ts';
import { experimentOf, mergedExperiment, readPromptOf } from './experimentOf.ts';
import { failedState } from './failedState.ts';
import { saveDraft } from './saveDraft.ts';

export interface DebugSessionContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly log: vscode.LogOutputChannel;
}

/**
 * The experiment of one document: what its file says and what is drafted over it, run again when either changes. One
 * run at a time: starting one aborts the one before. The last result stays until the next is there.
 */
export class DebugSession implements vscode.Disposable {
  private readonly context: DebugSessionContext;
  private readonly emitter = new vscode.EventEmitter<DebugState>();
  private readonly experimentEmitter = new vscode.EventEmitter<ExperimentView>();
  private readonly subscriptions: vscode.Disposable[];
  private document: vscode.TextDocument;
  private running: AbortController | null = null;
  private timer: NodeJS.Timeout | null = null;

  readonly onDidChangeState = this.emitter.event;
  readonly onDidChangeExperiment = this.experimentEmitter.event;
  state: DebugState = { state: 'empty', reason: 'Not run yet.' };
  draft: ExperimentDraft;
  /** Offset in the document of the start of the prompt: token ranges count from there. */
  textStart = 0;

  constructor(document: vscode.TextDocument, draft: ExperimentDraft, context: DebugSessionContext) {
    this.document = document;
    this.draft = draft;
    this.context = context;
    this.subscriptions = [
      this.emitter,
      this.experimentEmitter,
      vscode.workspace.onDidChangeTextDocument((event) => this.didEdit(event)),
      context.engine.onDidRestart(() => this.didRestart()),
    ];
  }

  get uri(): vscode.Uri {
    return this.document.uri;
  }

  /** What the view explains, whether it has been run or not. */
  get experiment(): ExperimentView {
    return {
      fileName: this.uri.path.split('/').at(-1) ?? '',
      experiment: mergedExperiment(readPromptOf(this.document), this.draft),
      isDraft: Object.keys(this.draft).length > 0,
    };
  }

  /** The text that is run, and where its prediction is read. */
  get prompt(): { readonly text: string; readonly bos: BosMode; readonly position: string } {
    const file = readPromptOf(this.document);
    const { position } = this.experiment.experiment;
    return { text: file.body.text, bos: file.frontMatter.bos?.value ?? 'auto', position };
  }

  /** The model that serves the document, opened. */
  async model(signal?: AbortSignal): Promise<ModelInfo> {
    await this.reopen();
    return this.context.models.openFor(this.document, signal ? { signal } : {});
  }

  run(): void {
    void this.start('Debugging', 'asked');
  }

  cancel(): void {
    this.running?.abort();
  }

  /** Puts a draft in the place of the one before, and runs it. */
  setDraft(draft: ExperimentDraft): void {
    if (JSON.stringify(draft) === JSON.stringify(this.draft)) return;
    this.draft = draft;
    this.experimentEmitter.fire(this.experiment);
    void this.start('Debugging', 'following');
  }

  /** Writes the draft into the prompt file, as one step of undo. */
  async save(): Promise<void> {
    await this.reopen();
    this.draft = await saveDraft(this.document, this.draft);
    this.experimentEmitter.fire(this.experiment);
    void this.start('Debugging', 'following');
  }

  /** Passes reads on; a session that the engine no longer holds is run again. */
  readonly request: Engine['request'] = async (method, params, options) => {
    try {
      return await this.context.engine.request(method, params, options);
    } catch (error) {
      if (isInterpError(error, 'trace/expired') && this.state.state === 'ready')
        void this.start('Debugging', 'following');
      throw error;
    }
  };

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    this.running?.abort();
    this.close(lastDebugView(this.state));
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async start(doing: string, manner: ProgressManner): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    const last = lastDebugView(this.state);
    const title = `${doing} ${vscode.workspace.asRelativePath(this.uri)}`;
    this.setState({ state: 'loading', message: title, last });
    const progress = delayedProgress(title, running, manner);
    try {
      const view = await this.open(running.signal, progress.report);
      if (this.running !== running) return this.close(view);
      this.close(last);
      this.setState({ state: 'ready', view });
    } catch (error) {
      if (this.running !== running) return;
      const failure = toInterpError(error);
      this.setState(this.failed(failure, last));
      if (manner === 'asked') void offerToAdd(failure);
    } finally {
      progress.done();
      if (this.running === running) this.running = null;
    }
  }

  private async open(signal: AbortSignal, onProgress: (message: string) => void): Promise<DebugPageView> {
    const model = await this.model(signal);
    const { document, draft, experiment: shown } = this;
    this.textStart = readPromptOf(document).body.start;
    const experiment = await experimentOf(document, draft, model.modelId);
    const summary = await this.context.engine.request(
      'debug/open',
      { experiment },
      { signal, onProgress: ({ message }) => onProgress(message) },
    );
    return { summary, model, ...shown };
  }

  private async reopen(): Promise<void> {
    if (this.document.isClosed) this.document = await vscode.workspace.openTextDocument(this.uri);
  }

  private failed(error: InterpError, last: DebugPageView | null): DebugState {
    const state = failedState(error, last);
    if (state.state === 'error') this.context.log.error(`${this.uri.path}: ${error.code}: ${error.message}`);
    if (state.state === 'empty') this.close(last);
    return state;
  }

  private didEdit(event: vscode.TextDocumentChangeEvent): void {
    if (event.document.uri.toString() !== this.uri.toString() || event.contentChanges.length === 0) return;
    this.experimentEmitter.fire(this.experiment);
    const last = lastDebugView(this.state);
    if (last) this.setState({ state: 'stale', reason: 'The file has changed.', last });
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(
      () => void this.start('Debugging', 'following'),
      setting('trace.debounceMilliseconds'),
    );
  }

  private didRestart(): void {
    if (this.state.state === 'empty') return;
    void this.start('The engine was restarted; debugging', 'following');
  }

  private close(view: DebugPageView | null): void {
    if (view) this.context.engine.request('debug/close', { debugId: view.summary.debugId }).catch(() => {});
  }

  private setState(state: DebugState): void {
    this.state = state;
    this.emitter.fire(state);
  }
}

export function lastDebugView(state: DebugState): DebugPageView | null {
  if (state.state === 'ready') return state.view;
  return state.state === 'empty' ? null : state.last;
}
