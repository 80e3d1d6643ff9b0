import type { TextToken } from '../../core/tokens/token.ts';
import type { RunEdit } from '../../core/trace/edits/runEdit.ts';
import type { SparseActs } from '../../core/trace/saeRunner.ts';
import type { LogitScalar } from '../../core/trace/gradients/scalar.ts';
import type { Trace } from '../../core/trace/trace.ts';
import type { DebugSummary, Experiment } from '../../protocol/debugContract.ts';
import type { OpenModel } from '../openModel.ts';

/** One prompt run with some edits. */
export interface DebugRun {
  readonly tokens: readonly TextToken[];
  readonly trace: Trace;
  readonly edits: readonly RunEdit[];
  /** Edits of a token that is generated after the prompt: those written `@*`. */
  ongoing(position: number): readonly RunEdit[];
  /** Active latents of an attached SAE, computed once. @throws unit/unknown */
  acts(sae: string): Promise<SparseActs>;
}

/** A side of the view: a run, and the scalar at its position. */
export interface DebugSideRun extends DebugRun {
  readonly scalar: LogitScalar;
}

/** An experiment that has been run: what every read of a debug view starts from. */
export interface DebugSession {
  readonly id: string;
  readonly model: OpenModel;
  readonly experiment: Experiment;
  readonly left: DebugSideRun;
  readonly right: DebugSideRun | null;
  /** The prompt without edits. */
  readonly clean: DebugSideRun;
  /** The corrupted prompt without edits, when there is one, and the clean position -> its position. */
  readonly corrupted: { readonly side: DebugSideRun; readonly pairs: readonly (number | null)[] } | null;
  readonly summary: DebugSummary;
}
