import type { Quantity } from '../core/trace/quantity.ts';
import type { TraceSummary } from '../core/trace/readings.ts';
import type { EngineTraceReads, ModelInfo } from './engineContract.ts';
import type { RunState } from './runState.ts';

/** What every view of one prompt shares: choosing it anywhere moves it everywhere. */
export interface Selection {
  readonly position: number;
  readonly layer: number;
  readonly quantity: Quantity;
  /** Head whose pattern is shown large. */
  readonly head: number;
}

/** What a page keeps over a reload: ids only, never numbers. */
export interface PersistedView {
  readonly version: 1;
  readonly uri: string;
  /** Part of the file that is traced, UTF-16 offsets; null = the whole prompt. */
  readonly range: { readonly start: number; readonly end: number } | null;
  readonly selection: Selection | null;
  readonly tab: string | null;
}

/** State of the panel's trace. */
export type TraceState = RunState<TraceView>;

/** What the trace panel shows, and of which model. */
export interface TraceView {
  readonly summary: TraceSummary;
  readonly model: ModelInfo;
  readonly fileName: string;
  /** True when a selection was traced, not the whole prompt. */
  readonly isSelection: boolean;
  /** True when the front matter has edits that are on: a trace is of the model without them. */
  readonly ignoresEdits: boolean;
  /** Targets and distractors of the front matter as texts, to mark them among the candidates. */
  readonly targets: readonly string[];
  readonly distractors: readonly string[];
}

/** What a page reads of a trace, passed on by the host. */
type TraceReads = Omit<EngineTraceReads, 'trace/hover'>;

/** Commands that a page may ask the host to run; anything else is refused. */
export const PAGE_COMMANDS = [
  'retrace',
  'cancel',
  'openLog',
  'openSettings',
  'openExample',
  'exportJson',
  'toggleDecorations',
  'debug',
  /** What the trace's error says is not installed. */
  'addAbsent',
] as const;
export type PageCommand = (typeof PAGE_COMMANDS)[number];

/** What the host serves to the trace page. Trace reads are passed on to the engine. */
export interface TraceViewContract extends TraceReads {
  /** First message of a page: what it persisted. The answer is what it shows. */
  'view/ready': {
    params: { persisted: PersistedView | null };
    result: { persisted: PersistedView; trace: TraceState };
  };
  'selection/set': { params: { selection: Selection }; result: null };
  /** Moves the editor's cursor to a token. */
  'editor/reveal': { params: { position: number }; result: null };
  /** Opens the page of a unit (`L1H2`, `L1N5`, `3-res/412`). */
  'unit/open': { params: { unit: string }; result: null };
  'clipboard/write': { params: { text: string }; result: null };
  'command/run': { params: { command: PageCommand }; result: null };
  /** A violation of the page's content security policy: shown in the log, fails the tests. */
  'view/violation': { params: { directive: string; blocked: string }; result: null };
}

/** Events from the host to the trace page. */
export interface TraceViewEvents {
  'trace/didChange': TraceState;
  'selection/didChange': { readonly selection: Selection };
}
