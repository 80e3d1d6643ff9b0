import { randomUUID } from 'node:crypto';
import { InterpError } from '../../core/errors.ts';
import { parsePosition, resolvePosition } from '../../core/prompt/position.ts';
import type { TextToken } from '../../core/tokens/token.ts';
import type { LogitScalar } from '../../core/trace/gradients/scalar.ts';
import type { DebugSummary, Experiment, TargetToken } from '../../protocol/debugContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { assertRunnable, encodePrompt } from '../liveTrace.ts';
import type { OpenModel } from '../openModel.ts';
import { makeGradientsFit } from './debugMemory.ts';
import type { DebugSession, DebugSideRun } from './debugSession.ts';
import { applyEdits } from './experimentEdits.ts';
import { pairsOf, rightPosition } from './pairs.ts';
import { runPrompt } from './runPrompt.ts';
import { describeSide } from './sides.ts';
import { resolveDistractors, resolveTargets } from './targets.ts';

/**
 * Runs an experiment: the prompt, the prompt with its edits, and the corrupted one.
 * @throws scalar/*, position/out-of-range, edit/*, prompt/*, model/too-large
 */
export async function openDebug(
  model: OpenModel,
  experiment: Experiment,
  job: JobContext,
): Promise<DebugSession> {
  const started = performance.now();
  const tokens = await tokensOf(model, experiment.text, experiment);
  const targets = resolveTargets(model.tokenizer, experiment.targets);
  const distractors = resolveDistractors(model.tokenizer, experiment.distractors);
  const scalar = scalarAt(onePosition(experiment.position, tokens), { experiment, targets, distractors });
  const clean = { ...(await runPrompt(model, tokens, { job, name: 'prompt' })), scalar };
  const corrupted = await runCorrupted(model, experiment, { clean, job });
  const applied = await applyEdits(model, experiment, { clean, corrupted, job });
  const left: DebugSideRun = applied.run === null ? clean : { ...applied.run, scalar };
  const against = opposite(experiment, { left, clean, corrupted });
  const id = randomUUID();
  const summary: DebugSummary = {
    debugId: id,
    targets,
    distractors,
    position: scalar.position,
    ...(await describeBoth(left, against, job.signal)),
    alignment: against?.pairs ?? null,
    edits: applied.outcomes,
    warnings: experimentWarnings(targets, distractors),
    milliseconds: performance.now() - started,
  };
  return { id, model, experiment, left, right: against?.side ?? null, clean, corrupted, summary };
}

async function tokensOf(
  model: OpenModel,
  text: string,
  experiment: Experiment,
): Promise<readonly TextToken[]> {
  const tokens = encodePrompt(model, text, experiment.bos);
  assertRunnable(model, tokens);
  const sides = experiment.corrupted === null && experiment.edits.length === 0 ? 1 : 2;
  const what = `Debugging ${tokens.length} tokens`;
  await makeGradientsFit(model, { pos: tokens.length, sides, what });
  return tokens;
}

/** @throws position/out-of-range when the written position means no token, or several */
function onePosition(written: string, tokens: readonly TextToken[]): number {
  const position = parsePosition(written);
  const found = position ? resolvePosition(position, tokens) : [];
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new InterpError(
    'position/out-of-range',
    position
      ? `The prediction is read at one token, but ${written} means ${found.length}.`
      : `"${written}" is not a position; positions look like last, 7 or @" John"#2.`,
    { data: { position: written } },
  );
}

function scalarAt(
  position: number,
  asked: {
    readonly experiment: Experiment;
    readonly targets: readonly TargetToken[];
    readonly distractors: readonly TargetToken[];
  },
): LogitScalar {
  return {
    kind: 'logits',
    reading: asked.experiment.scalar,
    targets: asked.targets.map(({ id }) => id),
    distractors: asked.distractors.map(({ id }) => id),
    position,
  };
}

async function runCorrupted(
  model: OpenModel,
  experiment: Experiment,
  { clean, job }: { readonly clean: DebugSideRun; readonly job: JobContext },
): Promise<DebugSession['corrupted']> {
  if (experiment.corrupted === null) {
    if (experiment.compare === 'edits') return null;
    throw new InterpError('edit/incomplete', 'There is no corrupted prompt to compare with.');
  }
  const tokens = await tokensOf(model, experiment.corrupted, experiment);
  const run = await runPrompt(model, tokens, { job, name: 'corrupted prompt' });
  const pairs = pairsOf(clean.tokens, tokens, experiment.alignment);
  const position = rightPosition(clean.scalar.position, pairs, { left: clean.tokens, right: tokens });
  return { side: { ...run, scalar: { ...clean.scalar, position } }, pairs };
}

interface Opposite {
  readonly side: DebugSideRun;
  readonly pairs: readonly (number | null)[];
}

function opposite(
  { compare }: Experiment,
  runs: Pick<DebugSession, 'left' | 'clean' | 'corrupted'>,
): Opposite | null {
  if (compare === 'corrupted') return runs.corrupted;
  if (runs.left === runs.clean) return null;
  return { side: runs.clean, pairs: runs.clean.tokens.map((_, index) => index) };
}

async function describeBoth(
  left: DebugSideRun,
  against: Opposite | null,
  signal: AbortSignal,
): Promise<Pick<DebugSummary, 'left' | 'right'>> {
  if (against === null) return { left: await describeSide(left, null, signal), right: null };
  const { side, pairs } = against;
  const back = side.tokens.map((_, index) => {
    const found = pairs.indexOf(index);
    return found < 0 ? null : found;
  });
  return {
    left: await describeSide(left, { other: side, pairs }, signal),
    right: await describeSide(side, { other: left, pairs: back }, signal),
  };
}

function experimentWarnings(
  targets: readonly TargetToken[],
  distractors: readonly TargetToken[],
): readonly string[] {
  const both = targets.find(({ id }) => distractors.some((distractor) => distractor.id === id));
  return both ? [`${JSON.stringify(both.text)} is both a target and a distractor.`] : [];
}
