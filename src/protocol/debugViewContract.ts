import type { WrittenExperiment } from '../core/prompt/experimentText.ts';
import type { TextToken } from '../core/tokens/token.ts';
import type {
  DebugOptions,
  DebugSummary,
  EngineDebug,
  Experiment,
  PatchHook,
  SweepKind,
  TraceStep,
} from './debugContract.ts';
import type { ModelInfo } from './engineContract.ts';
import type { RunState } from './runState.ts';

/** What a debug view explains, as the prompt file says it with the draft over it. */
export type ShownExperiment = WrittenExperiment & Pick<Experiment, 'compare' | 'alignment'>;

/** What was changed in the panel and not saved: it wins over the prompt file. Absent keys are the file's. */
export type ExperimentDraft = { readonly [K in keyof ShownExperiment]?: ShownExperiment[K] | undefined };

/** Known without a run: shown in every state, so that what is wrong can be mended. */
export interface ExperimentView {
  readonly fileName: string;
  readonly experiment: ShownExperiment;
  /** Whether something is drafted that the file does not say. */
  readonly isDraft: boolean;
}

/** A debug view that has been run. */
export interface DebugPageView extends ExperimentView {
  readonly summary: DebugSummary;
  readonly model: ModelInfo;
}

/** State of the panel's run. */
export type DebugState = RunState<DebugPageView>;

/** What a page keeps over a reload: names and choices only, never numbers. */
export interface PersistedDebug {
  readonly version: 1;
  readonly uri: string;
  readonly draft: ExperimentDraft;
  readonly tab: string | null;
  /** Steps upstream, and how many of them are walked: the rest is what `forward` goes to. */
  readonly steps: readonly TraceStep[];
  readonly depth: number;
  /** Null = the page's own defaults. */
  readonly options: DebugOptions | null;
  /** Names of nodes. */
  readonly pins: readonly string[];
  readonly node: string | null;
  readonly sweep: KeptSweep | null;
  readonly patch: KeptPatch | null;
}

/** A sweep that a page had run: what it asked for, of which run and scalar, and how many parts it had. */
export interface KeptSweep {
  readonly of: string;
  readonly kind: SweepKind;
  readonly positions: string;
  /** For neurons. */
  readonly layer: number | null;
  readonly done: number;
}

/** Patching that a page had run, of which run. */
export interface KeptPatch {
  readonly of: string;
  readonly hook: PatchHook;
  readonly layer: number | null;
  readonly done: number;
}

/** What a page reads of a debug session, passed on by the host. */
export type DebugReads = Omit<EngineDebug, 'debug/open' | 'debug/close'>;

/** Commands that a debug page may ask the host to run; anything else is refused. */
/** Commands that a debug page may ask the host to run; anything else is refused. */
export const DEBUG_COMMANDS = [
  'run',
  'cancel',
  'openLog',
  'openSettings',
  'openExample',
  'openTrace',
  'addAbsent',
] as const;
export type DebugCommand = (typeof DEBUG_COMMANDS)[number];

/** Whether a text is one token of the model, and how it would be one. */
export interface TokenForm {
  readonly tokens: readonly TextToken[];
  /** The form that is one token; null when there is none or the text is one already. */
  readonly single: string | null;
}

/** What would mend an edit: another text, or something that the experiment lacks. */
export type EditFix =
  | { readonly kind: 'replace'; readonly text: string }
  | { readonly kind: 'corrupted' }
  | { readonly kind: 'reference' };

/** What is wrong with a written edit; offsets are UTF-16 in its text. */
export interface EditComplaint {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly fix: EditFix | null;
}

/** What the host serves to the debug page. Reads are passed on to the engine. */
export interface DebugViewContract extends DebugReads {
  /** First message of a page: what it persisted. The answer is what it shows. */
  'view/ready': {
    params: { persisted: PersistedDebug | null };
    result: { persisted: PersistedDebug; experiment: ExperimentView; debug: DebugState };
  };
  /** Puts a draft in the place of the one before, and runs it. */
  'draft/set': { params: { draft: ExperimentDraft }; result: null };
  /** Writes the draft into the prompt file as one step of undo. */
  'prompt/save': { params: Record<string, never>; result: null };
  /** A target or distractor that is being typed. */
  'tokens/form': { params: { text: string }; result: TokenForm };
  /** The likeliest next tokens of the prompt: something to start from where no target is written. */
  'targets/suggest': { params: Record<string, never>; result: readonly string[] };
  /** An edit that is being typed, against the grammar and the model. Null when it is good. */
  'edit/check': { params: { text: string }; result: EditComplaint | null };
  /** Opens the page of a unit (`L9H9`, `L5N123`, `3-res/412`). */
  'unit/open': { params: { unit: string; position: number }; result: null };
  /** Every view of the prompt goes to this token. */
  'selection/set': { params: { position: number }; result: null };
  /** Moves the editor's cursor to a token. */
  'editor/reveal': { params: { position: number }; result: null };
  /** Asks where to and writes a file. */
  'file/export': { params: { name: string; text: string }; result: null };
  'clipboard/write': { params: { text: string }; result: null };
  'command/run': { params: { command: DebugCommand }; result: null };
  /** A violation of the page's content security policy: shown in the log, fails the tests. */
  'view/violation': { params: { directive: string; blocked: string }; result: null };
}

/** Events from the host to the debug page. */
export interface DebugViewEvents {
  'debug/didChange': DebugState;
  'experiment/didChange': ExperimentView;
  'selection/didChange': { readonly position: number };
}
