import * as vscode from 'vscode';
import { parsePrompt, plainPrompt, type PromptFile } from '../../core/prompt/parsePrompt.ts';
import type { Selection, TraceState, TraceView } from '../../protocol/viewContract.ts';
import { LANGUAGE_ID } from '../contributions.ts';
import { DocumentRuns, type RunsContext } from './documentRuns.ts';
import { shiftRange, type OffsetRange } from './offsetRange.ts';
import type { Models, PromptSession } from './session.ts';

export interface TraceSessionContext extends RunsContext {
  readonly models: Models;
}

const WORDS = {
  doing: 'Tracing',
  notYet: 'Not traced yet.',
  cancelled: 'The trace was cancelled.',
  edited: 'The text has changed.',
};

/** See PromptSession. */
export class TraceSession implements PromptSession {
  private readonly context: TraceSessionContext;
  private readonly runs: DocumentRuns<TraceView>;
  private readonly stateEmitter = new vscode.EventEmitter<TraceState>();
  private readonly selectionEmitter = new vscode.EventEmitter<Selection>();
  private readonly subscriptions: vscode.Disposable[];

  readonly onDidChangeState = this.stateEmitter.event;
  readonly onDidChangeSelection = this.selectionEmitter.event;
  range: OffsetRange | null;
  selection: Selection | null = null;
  textStart = 0;

  constructor(document: vscode.TextDocument, range: OffsetRange | null, context: TraceSessionContext) {
    this.range = range;
    this.context = context;
    this.runs = new DocumentRuns(
      document,
      {
        words: WORDS,
        open: (signal, onProgress) => this.readView(signal, onProgress),
        close: ({ summary }) => context.engine.request('trace/close', { traceId: summary.traceId }),
        didEdit: (changes) => {
          if (this.range) this.range = shiftRange(this.range, changes);
        },
        didChangeState: (state, before) => this.didChangeState(state, before),
      },
      context,
    );
    this.subscriptions = [
      this.runs,
      this.stateEmitter,
      this.selectionEmitter,
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.didGrantTrust()),
      context.models.onDidInstall(() => this.didInstall()),
    ];
  }

  get uri(): vscode.Uri {
    return this.runs.document.uri;
  }

  get state(): TraceState {
    return this.runs.state;
  }

  /** Passes reads on; a trace that the engine no longer holds is run again. */
  get request(): PromptSession['request'] {
    return this.runs.request;
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
    this.runs.start('asked');
  }

  cancel(): void {
    this.runs.cancel();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async readView(signal: AbortSignal, onProgress: (message: string) => void): Promise<TraceView> {
    const document = await this.runs.reopened();
    const file = this.read(document);
    const isSelection = this.range !== null;
    this.textStart = file.body.start;
    const model = await this.context.models.openFor(document, { signal });
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
  private read(document: vscode.TextDocument): PromptFile {
    const text = document.getText();
    const whole = document.languageId === LANGUAGE_ID ? parsePrompt(text) : plainPrompt(text);
    if (this.range === null) return whole;
    const { start, end } = this.range;
    return { ...whole, body: { start, end, text: text.slice(start, end) } };
  }

  private didGrantTrust(): void {
    if (this.state.state === 'error' && this.state.error.code === 'request/untrusted') this.trace();
  }

  private didInstall(): void {
    if (this.state.state === 'ready' || this.state.state === 'error') this.runs.start('following');
  }

  private didChangeState(state: TraceState, before: TraceView | null): void {
    if (state.state === 'ready') this.selection = fitSelection(this.selection, before, state.view);
    this.stateEmitter.fire(state);
    if (state.state === 'ready' && this.selection) this.selectionEmitter.fire(this.selection);
  }
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
