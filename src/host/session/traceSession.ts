import * as vscode from 'vscode';
import { isInterpError, toInterpError, type InterpError } from '../../core/errors.ts';
import { parsePrompt, plainPrompt, type PromptFile } from '../../core/prompt/parsePrompt.ts';
import type { Selection, TraceState, TraceView } from '../../protocol/viewContract.ts';
import { toWireError } from '../../protocol/wireError.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { setting } from '../settings.ts';
import { offerToAdd } from '../hub/absent.ts';
import { delayedProgress, type ProgressManner } from './progress.ts';
import { shiftRange, type OffsetRange } from './offsetRange.ts';
import type { Engine, Models, PromptSession } from './session.ts';

export interface TraceSessionContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly log: vscode.LogOutputChannel;
}

/** See PromptSession. One trace at a time: starting one aborts the one before. */
export class TraceSession implements PromptSession {
  private readonly context: TraceSessionContext;
  private readonly stateEmitter = new vscode.EventEmitter<TraceState>();
  private readonly selectionEmitter = new vscode.EventEmitter<Selection>();
  private readonly subscriptions: vscode.Disposable[];
  private document: vscode.TextDocument;
  private running: AbortController | null = null;
  private timer: NodeJS.Timeout | null = null;

  readonly onDidChangeState = this.stateEmitter.event;
  readonly onDidChangeSelection = this.selectionEmitter.event;
  range: OffsetRange | null;
  state: TraceState = { state: 'empty', reason: 'Not traced yet.' };
  selection: Selection | null = null;
  textStart = 0;

  constructor(document: vscode.TextDocument, range: OffsetRange | null, context: TraceSessionContext) {
    this.document = document;
    this.range = range;
    this.context = context;
    this.subscriptions = [
      this.stateEmitter,
      this.selectionEmitter,
      vscode.workspace.onDidChangeTextDocument((event) => this.didEdit(event)),
      context.engine.onDidRestart(() => this.didRestart()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.didGrantTrust()),
      context.models.onDidInstall(() => this.didInstall()),
    ];
  }

  get uri(): vscode.Uri {
    return this.document.uri;
  }

  select(selection: Selection): void {
    if (JSON.stringify(selection) === JSON.stringify(this.selection)) return;
    this.selection = selection;
    this.selectionEmitter.fire(selection);
  }

  setRange(range: OffsetRange | null): void {
    this.range = range;
  }

  trace(): void {
    void this.run('Tracing', 'asked');
  }

  cancel(): void {
    this.running?.abort();
  }

  /** Passes reads on; a trace that the engine no longer holds is run again. */
  readonly request: PromptSession['request'] = async (method, params, options) => {
    try {
      return await this.context.engine.request(method, params, options);
    } catch (error) {
      if (isInterpError(error, 'trace/expired') && this.state.state === 'ready') this.trace();
      throw error;
    }
  };

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
    this.running?.abort();
    this.closeTrace(lastView(this.state));
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async run(doing: string, manner: ProgressManner): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    const last = lastView(this.state);
    const name = vscode.workspace.asRelativePath(this.uri);
    this.setState({ state: 'loading', message: `${doing} ${name}`, last });
    const progress = delayedProgress(`${doing} ${name}`, running, manner);
    try {
      const view = await this.readView(running.signal, progress.report);
      if (this.running !== running) return this.closeTrace(view);
      this.closeTrace(last);
      this.selection = fitSelection(this.selection, last, view);
      this.setState({ state: 'ready', view });
      if (this.selection) this.selectionEmitter.fire(this.selection);
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

  private async readView(signal: AbortSignal, onProgress: (message: string) => void): Promise<TraceView> {
    if (this.document.isClosed) this.document = await vscode.workspace.openTextDocument(this.uri);
    const file = this.read();
    const isSelection = this.range !== null;
    this.textStart = file.body.start;
    const model = await this.context.models.openFor(this.document, { signal });
    const summary = await this.context.engine.request(
      'trace/run',
      { modelId: model.modelId, text: file.body.text, bos: file.frontMatter.bos?.value ?? 'auto' },
      { signal, onProgress: ({ message }) => onProgress(message) },
    );
    return {
      summary,
      model,
      fileName: this.uri.path.split('/').at(-1) ?? '',
      isSelection,
      ignoresEdits: file.frontMatter.ablate?.value.some((edit) => !edit.startsWith('off ')) ?? false,
      targets: file.frontMatter.target?.value ?? [],
      distractors: file.frontMatter.distractor?.value ?? [],
    };
  }

  /** What is traced now: the selected range, the body of a prompt file, or a whole text file. */
  private read(): PromptFile {
    const text = this.document.getText();
    const whole = this.document.languageId === LANGUAGE_ID ? parsePrompt(text) : plainPrompt(text);
    if (this.range === null) return whole;
    const { start, end } = this.range;
    return { ...whole, body: { start, end, text: text.slice(start, end) } };
  }

  private failed(error: InterpError, last: TraceView | null): TraceState {
    if (error.code === 'cancelled') {
      return last
        ? { state: 'stale', reason: 'The trace was cancelled.', last }
        : { state: 'empty', reason: 'The trace was cancelled.' };
    }
    if (error.code === 'prompt/empty') return { state: 'empty', reason: error.message };
    this.context.log.error(`${this.uri.path}: ${error.code}: ${error.message}`);
    return { state: 'error', error: toWireError(error), last };
  }

  private didEdit(event: vscode.TextDocumentChangeEvent): void {
    if (event.document.uri.toString() !== this.uri.toString() || event.contentChanges.length === 0) return;
    if (this.range) this.range = shiftRange(this.range, event.contentChanges);
    const last = lastView(this.state);
    if (last) this.setState({ state: 'stale', reason: 'The text has changed.', last });
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(
      () => void this.run('Tracing', 'following'),
      setting('trace.debounceMilliseconds'),
    );
  }

  private didRestart(): void {
    if (this.state.state === 'empty') return;
    void this.run('The engine was restarted; tracing', 'following');
  }

  private didGrantTrust(): void {
    if (this.state.state === 'error' && this.state.error.code === 'request/untrusted') this.trace();
  }

  private didInstall(): void {
    if (this.state.state === 'ready' || this.state.state === 'error') void this.run('Tracing', 'following');
  }

  private closeTrace(view: TraceView | null): void {
    if (view) this.context.engine.request('trace/close', { traceId: view.summary.traceId }).catch(() => {});
  }

  private setState(state: TraceState): void {
    this.state = state;
    this.stateEmitter.fire(state);
  }
}

export function lastView(state: TraceState): TraceView | null {
  if (state.state === 'ready') return state.view;
  return state.state === 'empty' ? null : state.last;
}

/** Keeps what was looked at: a selection at the end stays at the end; a new trace starts at its last token. */
function fitSelection(selection: Selection | null, before: TraceView | null, view: TraceView): Selection {
  const end = view.summary.tokens.length - 1;
  const layer = view.model.n_layers - 1;
  if (!selection) return { position: end, layer, quantity: { kind: 'loss' }, head: 0 };
  const wasAtEnd = before !== null && selection.position === before.summary.tokens.length - 1;
  const sameModel = before === null || before.model.modelId === view.model.modelId;
  return {
    position: wasAtEnd ? end : Math.min(selection.position, end),
    layer: Math.min(selection.layer, layer),
    quantity: sameModel ? selection.quantity : { kind: 'loss' },
    head: Math.min(selection.head, view.model.n_heads - 1),
  };
}
