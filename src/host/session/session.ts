import type * as vscode from 'vscode';
import type { SpeedInUse } from '../../core/speed.ts';
import type { Client } from '../../protocol/rpc.ts';
import type { EngineContract, EngineEvents, ModelInfo } from '../../protocol/engineContract.ts';
import type { OffsetRange } from './offsetRange.ts';
import type { Selection, TraceState } from '../../protocol/viewContract.ts';

/**
 * One traced document: its trace as data, and the selection that panel, hover, tree and decorations share.
 * It follows the document as it is edited; late results are dropped.
 */
export interface PromptSession extends vscode.Disposable {
  readonly uri: vscode.Uri;
  /** Null = the whole prompt. */
  readonly range: OffsetRange | null;
  readonly state: TraceState;
  readonly selection: Selection | null;
  readonly onDidChangeState: vscode.Event<TraceState>;
  readonly onDidChangeSelection: vscode.Event<Selection>;
  select(selection: Selection): void;
  /** Runs the trace (again) now. */
  trace(): void;
  /** Ends the trace that is under way; the last one stays. */
  cancel(): void;
  /** Offset in the document of the start of the traced text: token ranges count from there. */
  readonly textStart: number;
  /** Reads of the current trace. Rejects with trace/expired after an engine restart, which also re-runs the trace. */
  readonly request: Client<EngineContract>['request'];
}

/** The sessions of this window, by document. */
export interface Sessions extends vscode.Disposable {
  get(uri: vscode.Uri): PromptSession | undefined;
  all(): readonly PromptSession[];
  /** The document's session, made when there is none. A new range replaces the old one and traces again. */
  open(document: vscode.TextDocument, range: OffsetRange | null): PromptSession;
  /** Opened, closed, or its state or selection changed. */
  readonly onDidChange: vscode.Event<PromptSession>;
}

export type EngineState = 'ready' | 'loading' | 'busy' | 'degraded' | 'stopped';

/** The engine process as the host sees it; started on first use, restarted after a crash. */
export interface Engine extends vscode.Disposable {
  readonly state: EngineState;
  /** Why it is degraded or stopped. */
  readonly detail: string | null;
  /** Process id; null when none runs. */
  readonly pid: number | null;
  readonly onDidChangeState: vscode.Event<EngineState>;
  /** How it runs: threads, provider, prepacking; null until it has said so. */
  readonly speed: SpeedInUse | null;
  readonly onDidLearnSpeed: vscode.Event<SpeedInUse>;
  /** Counts restarts: traces of an earlier generation are gone. */
  readonly generation: number;
  readonly onDidRestart: vscode.Event<void>;
  readonly request: Client<EngineContract>['request'];
  /**
   * The same for work that nobody waits for: the engine is not shown as busy, and the work is cancelled when something
   * else is asked to run, or refused so while something does.
   */
  readonly requestAside: Client<EngineContract>['request'];
  /** Hears an event of the engine process, of this one and of those that follow it. */
  on<N extends keyof EngineEvents>(name: N, listener: (payload: EngineEvents[N]) => void): vscode.Disposable;
  restart(reason: string): void;
}

/** Which model serves a document, and opening it in the engine. */
export interface Models extends vscode.Disposable {
  /** Model that was opened last, for status bar and tree; null before the first. */
  readonly current: ModelInfo | null;
  readonly onDidChange: vscode.Event<void>;
  /** A model or SAE was added or removed, or another set of SAEs is attached: what was opened before may be another now. */
  readonly onDidInstall: vscode.Event<void>;
  didInstall(): void;
  /** Opens what front matter (in trusted workspaces) or settings ask for. @throws model/*, sae/*, ... */
  openFor(document: vscode.TextDocument, options?: { readonly signal?: AbortSignal }): Promise<ModelInfo>;
  /**
   * Opens a model by its folder or name; null = what settings ask for. Folders in trusted workspaces only. `isAside`:
   * for a view beside what a person works with; it becomes `current` only where none was.
   */
  open(
    model: string | null,
    options?: { readonly signal?: AbortSignal; readonly isAside?: boolean },
  ): Promise<ModelInfo>;
}
