import type { Continuation, DebugCandidate, DebugSummary, DebugView } from '../../protocol/debugContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { RunArgs } from '../debugArgs.ts';
import { readExperiment } from '../experiment.ts';
import { runJson } from '../print/runJson.ts';
import { runText } from '../print/runText.ts';
import { painter } from '../print/style.ts';
import { readPromptInput } from '../promptInput.ts';
import { openFor, type Session } from '../session.ts';

/** All that `run` prints: the prompt as its edits make it, and as it is. */
export interface RunReport {
  readonly model: ModelInfo;
  readonly name: string;
  readonly summary: DebugSummary;
  readonly candidates: readonly DebugCandidate[];
  /** Null when `--max 0` asks for none. */
  readonly continuation: Continuation | null;
  readonly temperature: number;
  readonly seed: number;
}

const PLAIN_OPTIONS = { k: 1, saes: [], foldValueBiases: false, frozenScale: true } as const;

/** `underglass run`: a prompt file with its edits, before and after. */
export async function runCommand(args: RunArgs, session: Session): Promise<void> {
  const { jobs, io, job } = session;
  const input = await readPromptInput(args, io);
  const model = await openFor(input, session, 'experiment');
  const experiment = await readExperiment(args, { input, model, io });
  const summary = await jobs.handlers['debug/open']({ experiment }, job);
  const { debugId } = summary;
  const view: DebugView = { debugId, step: null, options: PLAIN_OPTIONS };
  const k = Math.min(args.top, model.d_vocab);
  const candidates = await jobs.handlers['debug/candidates']({ ...view, k, filter: '' }, job);
  const { max, temperature } = args;
  const { seed } = experiment;
  const continuation =
    max === 0 ? null : await jobs.handlers['debug/continue']({ debugId, max, temperature, seed }, job);
  const report: RunReport = {
    model,
    name: input.name,
    summary,
    candidates,
    continuation,
    temperature,
    seed,
  };
  io.out(args.json ? `${JSON.stringify(runJson(report), null, 2)}\n` : runText(report, painter(io)));
}
