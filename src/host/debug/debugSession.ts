import * as vscode from 'vscode';
import type { BosMode } from '../../core/tokens/bos.ts';
import type {
  DebugPageView,
  DebugState,
  ExperimentDraft,
  ExperimentView,
} from '../../protocol/debugViewContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import { DocumentRuns, type RunsContext } from '../session/documentRuns.ts';
import type { Models } from '../session/session.ts';
import { experimentOf, mergedExperiment, readPromptOf } from './experimentOf.ts';
import { saveDraft } from './saveDraft.ts';

export interface DebugSessionContext extends RunsContext {
  readonly models: Models;
}

const WORDS = {
  doing: 'Debugging',
  notYet: 'Not run yet.',
  cancelled: 'The run was cancelled.',
  edited: 'The file has changed.',
};

/** The experiment of one document: what its file says and what is drafted over it, run again when either changes. */
export class DebugSession implements vscode.Disposable {
  private readonly context: DebugSessionContext;
  private readonly runs: DocumentRuns<DebugPageView>;
  private readonly emitter = new vscode.EventEmitter<DebugState>();
  private readonly experimentEmitter = new vscode.EventEmitter<ExperimentView>();

  readonly onDidChangeState = this.emitter.event;
  readonly onDidChangeExperiment = this.experimentEmitter.event;
  draft: ExperimentDraft;
  /** Offset in the document of the start of the prompt: token ranges count from there. */
  textStart = 0;

  constructor(document: vscode.TextDocument, draft: ExperimentDraft, context: DebugSessionContext) {
    this.draft = draft;
    this.context = context;
    this.runs = new DocumentRuns(
      document,
      {
        words: WORDS,
        open: (signal, onProgress) => this.open(signal, onProgress),
        close: ({ summary }) => context.engine.request('debug/close', { debugId: summary.debugId }),
        didEdit: () => this.experimentEmitter.fire(this.experiment),
        didChangeState: (state) => this.emitter.fire(state),
      },
      context,
    );
  }

  get uri(): vscode.Uri {
    return this.runs.document.uri;
  }

  get state(): DebugState {
    return this.runs.state;
  }

  /** What the view explains, whether it has been run or not. */
  get experiment(): ExperimentView {
    return {
      fileName: this.uri.path.split('/').at(-1) ?? '',
      experiment: mergedExperiment(readPromptOf(this.runs.document), this.draft),
      isDraft: Object.keys(this.draft).length > 0,
    };
  }

  /** The text that is run, and where its prediction is read. */
  get prompt(): { readonly text: string; readonly bos: BosMode; readonly position: string } {
    const file = readPromptOf(this.runs.document);
    const { position } = this.experiment.experiment;
    return { text: file.body.text, bos: file.frontMatter.bos?.value ?? 'auto', position };
  }

  /** Passes reads on; a session that the engine no longer holds is run again. */
  get request(): DocumentRuns<DebugPageView>['request'] {
    return this.runs.request;
  }

  /** The model that serves the document, opened. */
  async model(signal?: AbortSignal): Promise<ModelInfo> {
    return this.context.models.openFor(await this.runs.reopened(), signal ? { signal } : {});
  }

  run(): void {
    this.runs.start('asked');
  }

  cancel(): void {
    this.runs.cancel();
  }

  /** Puts a draft in the place of the one before, and runs it. */
  setDraft(draft: ExperimentDraft): void {
    if (JSON.stringify(draft) === JSON.stringify(this.draft)) return;
    this.draft = draft;
    this.experimentEmitter.fire(this.experiment);
    this.runs.start('following');
  }

  /** Writes the draft into the prompt file, as one step of undo. */
  async save(): Promise<void> {
    this.draft = await saveDraft(await this.runs.reopened(), this.draft);
    this.experimentEmitter.fire(this.experiment);
    this.runs.start('following');
  }

  dispose(): void {
    this.runs.dispose();
    this.emitter.dispose();
    this.experimentEmitter.dispose();
  }

  private async open(signal: AbortSignal, onProgress: (message: string) => void): Promise<DebugPageView> {
    const model = await this.model(signal);
    const { draft, experiment: shown } = this;
    const { document } = this.runs;
    this.textStart = readPromptOf(document).body.start;
    const experiment = await experimentOf(document, draft, model.modelId);
    const summary = await this.context.engine.request(
      'debug/open',
      { experiment },
      { signal, onProgress: ({ message }) => onProgress(message) },
    );
    return { summary, model, ...shown };
  }
}
