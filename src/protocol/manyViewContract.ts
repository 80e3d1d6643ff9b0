import type { Metric } from '../core/analysis/nodes/nodeRows.ts';
import type { NodeKind } from '../core/trace/node.ts';
import type { DebugOptions, SweepKind } from './debugContract.ts';
import type { ModelInfo } from './engineContract.ts';
import type { WireError } from './wireError.ts';

/** A mean over prompts with its 95 % interval; null ends for fewer than two prompts. */
export interface Mean {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Prompts that the mean is over. */
  readonly count: number;
}

/** `changed`: its numbers are of an earlier text, and left out of every mean until it is run again. */
export type ManyPromptState = 'waiting' | 'running' | 'done' | 'changed' | 'failed';

/** A row of the page of many prompts. */
export interface ManyPrompt {
  readonly uri: string;
  /** Path as the workspace shows it. */
  readonly name: string;
  readonly state: ManyPromptState;
  /** The scalar. */
  readonly value: number | null;
  readonly error: WireError | null;
}

/** What is ablated one at a time in every prompt. */
export interface ManySweepAsked {
  readonly kind: SweepKind;
  /** Written as in an edit, without `@`; each prompt reads it for itself. */
  readonly positions: string;
  /** For neurons. */
  readonly layer: number | null;
}

/** How far a sweep over the prompts is. What was measured stays whatever becomes of it. */
export interface ManySweep {
  readonly asked: ManySweepAsked;
  readonly state: 'running' | 'cancelled' | 'ready';
  /** Prompts that are through, of how many; the prompt and part that is under way. */
  readonly done: number;
  readonly total: number;
  readonly message: string;
  readonly failed: readonly { readonly name: string; readonly error: WireError }[];
}

/** Several prompts debugged together, as far as it is. */
export interface ManyState {
  /** What they are: a folder, or how many files. */
  readonly title: string;
  readonly state: 'running' | 'cancelled' | 'ready';
  readonly prompts: readonly ManyPrompt[];
  /** Unit of the scalar; empty until the first prompt is through. */
  readonly unit: string;
  readonly value: Mean | null;
  readonly model: ModelInfo | null;
  readonly options: DebugOptions;
  readonly sweep: ManySweep | null;
  /** What a person should know of the run, such as that the engine was restarted. */
  readonly notice: string | null;
  /** Differ whenever the rows of the nodes or of the sweep do. */
  readonly nodesRevision: number;
  readonly sweepRevision: number;
}

/** Columns that the page of many prompts can sort and average by. */
export type ManyColumn = Metric | 'measured';

/** A component of the model averaged over prompts: `L9H9@last`, `L5N123@position`, `3-res/412@*`. */
export interface MeanRow {
  readonly key: string;
  readonly kind: NodeKind;
  readonly layer: number | null;
  /** `measured` is of the sweep, where that took the same component to 0. */
  readonly cells: Readonly<Record<ManyColumn, Mean | null>>;
}

/** What a page keeps over a reload: names and choices only, never numbers. */
export interface PersistedMany {
  readonly version: 1;
  readonly title: string;
  readonly uris: readonly string[];
  readonly tab: string | null;
  readonly options: DebugOptions | null;
}

/** Commands that a page of many prompts may ask the host to run; anything else is refused. */
export const MANY_COMMANDS = ['run', 'cancel', 'openLog'] as const;
export type ManyCommand = (typeof MANY_COMMANDS)[number];

/** What the host serves to the page of many prompts. */
export interface ManyViewContract {
  /** First message of a page: what it persisted. The answer is what it shows. */
  'view/ready': {
    params: { persisted: PersistedMany | null };
    result: { persisted: PersistedMany; many: ManyState };
  };
  'many/nodes': { params: Record<string, never>; result: readonly MeanRow[] };
  /** One column, `measured`. */
  'many/sweepRows': { params: Record<string, never>; result: readonly MeanRow[] };
  /** A row's value in each prompt, in their order; null where it has none. */
  'many/each': { params: { key: string; column: ManyColumn }; result: readonly (number | null)[] };
  /** Runs every prompt again with these. */
  'many/setOptions': { params: { options: DebugOptions }; result: null };
  'many/sweep': { params: ManySweepAsked; result: null };
  /** Opens the debug view of one of the prompts. */
  'prompt/open': { params: { uri: string }; result: null };
  'file/export': { params: { name: string; text: string }; result: null };
  'clipboard/write': { params: { text: string }; result: null };
  'command/run': { params: { command: ManyCommand }; result: null };
  'view/violation': { params: { directive: string; blocked: string }; result: null };
}

/** Events from the host to the page of many prompts. */
export interface ManyViewEvents {
  'many/didChange': ManyState;
}
