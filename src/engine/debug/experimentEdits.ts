import { parseEdit } from '../../core/prompt/edits.ts';
import { referencePrompts } from '../../core/prompt/referencePrompts.ts';
import { isAlreadySo } from '../../core/trace/edits/alreadySo.ts';
import type { EditContext, ReferenceRun, ResolvedEdit } from '../../core/trace/edits/editContext.ts';
import { resolveEdits } from '../../core/trace/edits/resolveEdits.ts';
import type { RunEdit } from '../../core/trace/edits/runEdit.ts';
import { Trace } from '../../core/trace/trace.ts';
import type { EditOutcome, Experiment } from '../../protocol/debugContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { actsReader, assertRunnable, encodePrompt } from '../liveTrace.ts';
import type { OpenModel } from '../openModel.ts';
import type { DebugRun, DebugSession, DebugSideRun } from './debugSession.ts';
import { vectorSource } from './vectors.ts';

/** What came of an experiment's edits. */
export interface AppliedEdits {
  /** The edited run; null when no edit is on. */
  readonly run: DebugRun | null;
  readonly outcomes: readonly EditOutcome[];
}

interface From {
  readonly clean: DebugSideRun;
  readonly corrupted: DebugSession['corrupted'];
  readonly job: JobContext;
}

/** Resolves the written edits and runs the prompt with them. @throws edit/*, position/out-of-range */
export async function applyEdits(
  model: OpenModel,
  experiment: Experiment,
  from: From,
): Promise<AppliedEdits> {
  const written = experiment.edits.map(parseEdit);
  const resolved = await resolveEdits(written, editContext(model, experiment, from));
  const outcome = (index: number, alreadySo: boolean): EditOutcome => ({
    text: experiment.edits[index] ?? '',
    enabled: written[index]?.enabled ?? false,
    alreadySo,
  });
  if (!written.some(({ enabled }) => enabled))
    return { run: null, outcomes: written.map((_, index) => outcome(index, false)) };
  const run = await runEdited(model, resolved, from);
  const outcomes: EditOutcome[] = [];
  for (const [index, { written: edit, edits }] of resolved.entries())
    outcomes.push(outcome(index, edit.enabled && (await isAlreadySo(model.runner, run.trace, edits))));
  return { run, outcomes };
}

function editContext(model: OpenModel, experiment: Experiment, { clean, corrupted, job }: From): EditContext {
  const { reference, folder } = experiment;
  return {
    config: model.runner.config,
    tokens: clean.tokens,
    saes: model.variants.source.saes,
    clean: clean.trace,
    corrupted: corrupted && { trace: corrupted.side.trace, alignment: corrupted.pairs },
    reference: reference === null ? null : () => referenceRuns(model, reference, experiment, job),
    vectors: folder === null ? null : vectorSource(folder),
  };
}

async function* referenceRuns(
  model: OpenModel,
  reference: string,
  { bos }: Experiment,
  { signal }: JobContext,
): AsyncIterable<ReferenceRun> {
  for (const text of referencePrompts(reference)) {
    const tokens = encodePrompt(model, text, bos);
    assertRunnable(model, tokens);
    const ids = tokens.map(({ id }) => id);
    const trace = await Trace.run(model.runner, ids, { signal });
    yield { trace, from: ids[0] === model.tokenizer.bosId ? 1 : 0 };
  }
}

async function runEdited(
  model: OpenModel,
  resolved: readonly ResolvedEdit[],
  { clean, job }: From,
): Promise<DebugRun> {
  const { tokens } = clean;
  const edits = resolved.flatMap((each) => each.edits);
  const total = model.info.n_layers;
  const trace = await Trace.run(
    model.runner,
    tokens.map(({ id }) => id),
    {
      edits,
      saes: model.variants.source.saes,
      clean: clean.trace,
      signal: job.signal,
      onLayer: (layer) => job.progress({ done: layer + 1, total, message: `edited: layer ${layer + 1}` }),
    },
  );
  const ongoing = (position: number): RunEdit[] => resolved.flatMap((each) => each.ongoing?.(position) ?? []);
  return { tokens, trace, edits, ongoing, acts: actsReader(model, trace) };
}
