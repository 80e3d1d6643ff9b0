import * as vscode from 'vscode';
import { isInterpError, toInterpError, type InterpError } from '../../core/errors.ts';
import { shownIn, type RunState } from '../../protocol/runState.ts';
import { offerToAdd } from '../hub/absent.ts';
import { setting } from '../settings.ts';
import { failedState } from './failedState.ts';
import { delayedProgress, type ProgressManner } from './progress.ts';
import type { Engine } from './session.ts';

export interface RunsContext {
  readonly engine: Engine;
  readonly log: vscode.LogOutputChannel;
}

/** What is run of a document, and who hears of it. */
export interface RunKind<V> {
  readonly words: {
    /** As a title begins: `Tracing`. */
    readonly doing: string;
    readonly notYet: string;
    readonly cancelled: string;
    readonly edited: string;
  };
  open(signal: AbortSignal, onProgress: (message: string) => void): Promise<V>;
  /** Gives back what the engine holds of a view that nobody shows any more. */
  close(view: V): Promise<unknown>;
  /** Before the state says that the document has changed. */
  didEdit(changes: readonly vscode.TextDocumentContentChangeEvent[]): void;
  /** `before` is what was shown until now. */
  didChangeState(state: RunState<V>, before: V | null): void;
}

/**
 * The runs of one document: again when it is edited, and when the engine was restarted. One run at a time: starting one
 * aborts the one before, whose late result is dropped. The last result stays until the next is there.
 */
export class DocumentRuns<V> implements vscode.Disposable {
  private readonly kind: RunKind<V>;
  private readonly context: RunsContext;
  private readonly subscriptions: vscode.Disposable[];
  private running: AbortController | null = null;
  private timer: NodeJS.Timeout | undefined;

  document: vscode.TextDocument;
  state: RunState<V>;

  constructor(document: vscode.TextDocument, kind: RunKind<V>, context: RunsContext) {
    this.document = document;
    this.kind = kind;
    this.context = context;
    this.state = { state: 'empty', reason: kind.words.notYet };
    this.subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => this.didEdit(event)),
      context.engine.onDidRestart(() => this.didRestart()),
    ];
  }

  /** Runs now; `asked` when a person waits for it. */
  start(manner: ProgressManner, doing = this.kind.words.doing): void {
    void this.run(manner, `${doing} ${vscode.workspace.asRelativePath(this.document.uri)}`);
  }

  cancel(): void {
    this.running?.abort();
  }

  /** The document, opened again when nobody has had it open for a while. */
  async reopened(): Promise<vscode.TextDocument> {
    if (this.document.isClosed) this.document = await vscode.workspace.openTextDocument(this.document.uri);
    return this.document;
  }

  /** Passes reads on; what the engine no longer holds is run again. */
  readonly request: Engine['request'] = async (method, params, options) => {
    try {
      return await this.context.engine.request(method, params, options);
    } catch (error) {
      if (isInterpError(error, 'trace/expired') && this.state.state === 'ready') this.start('following');
      throw error;
    }
  };

  dispose(): void {
    clearTimeout(this.timer);
    this.running?.abort();
    this.running = null;
    this.close(shownIn(this.state));
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async run(manner: ProgressManner, title: string): Promise<void> {
    clearTimeout(this.timer);
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    const last = shownIn(this.state);
    this.setState({ state: 'loading', message: title, last });
    const progress = delayedProgress(title, running, manner);
    try {
      const view = await this.kind.open(running.signal, progress.report);
      if (this.running !== running) return this.close(view);
      this.close(last);
      this.setState({ state: 'ready', view });
    } catch (error) {
      if (this.running !== running) return;
      const failure = toInterpError(error);
      this.fail(failure, last);
      if (manner === 'asked') void offerToAdd(failure);
    } finally {
      progress.done();
      if (this.running === running) this.running = null;
    }
  }

  private fail(error: InterpError, last: V | null): void {
    const state = failedState(error, last, this.kind.words.cancelled);
    if (state.state === 'error')
      this.context.log.error(`${this.document.uri.path}: ${error.code}: ${error.message}`);
    if (state.state === 'empty') this.close(last);
    this.setState(state);
  }

  private didEdit({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    if (document.uri.toString() !== this.document.uri.toString() || contentChanges.length === 0) return;
    this.kind.didEdit(contentChanges);
    const last = shownIn(this.state);
    if (last !== null) this.setState({ state: 'stale', reason: this.kind.words.edited, last });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.start('following'), setting('trace.debounceMilliseconds'));
  }

  private didRestart(): void {
    if (this.state.state === 'empty') return;
    this.start('following', `The engine was restarted; ${this.kind.words.doing.toLowerCase()}`);
  }

  private close(view: V | null): void {
    if (view !== null) this.kind.close(view).catch(() => {});
  }

  private setState(state: RunState<V>): void {
    const before = shownIn(this.state);
    this.state = state;
    this.kind.didChangeState(state, before);
  }
}
