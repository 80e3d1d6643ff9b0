import { throwIfCancelled } from '../errors.ts';
import { Rng } from '../world/rng.ts';
import { scoreAnswers, type Answer } from './binaryScores.ts';
import type { Failure } from './explanation.ts';
import { largest } from './normalize.ts';
import type {
  BinaryResult,
  Explained,
  ExplainedRecord,
  JudgePart,
  SimulateInput,
  SplitRecords,
} from './parts.ts';

/** Active from this share of the unit's maximum on. Source: delphi, fuzzing threshold. */
export const ACTIVE = 0.3;
/** Silent up to this share: MLP neurons are never quite at zero. What lies between is not asked about. */
export const SILENT = 0.1;

/** Questions under way at once. */
const AT_ONCE = 4;

/** What yes-or-no questions are made of. `seed` draws the windows. */
export interface BinaryInput {
  readonly explained: Explained;
  readonly judge: JudgePart;
  readonly splits: SplitRecords;
  /** More windows that nothing was explained or calibrated with. */
  readonly others?: readonly ExplainedRecord[];
  readonly text: SimulateInput['text'];
  readonly signal: AbortSignal;
  readonly onCall: SimulateInput['onCall'];
  readonly seed: number;
}

/**
 * Detection: does the unit fire anywhere in a window? Test windows with activation against windows without, as many of
 * each as there are of the rarer kind. Scores are null without both kinds.
 * Source: delphi, `DetectionScorer`. @throws cancelled, language/*
 */
export async function scoreDetection(input: BinaryInput): Promise<BinaryResult> {
  const max = maxOf(input.splits);
  const records = [...input.splits.test, ...(input.others ?? [])];
  const peak = (record: ExplainedRecord) => largest([record.activations]);
  const active = records.filter((record) => max > 0 && peak(record) >= ACTIVE * max);
  const silent = records.filter((record) => peak(record) <= SILENT * max);
  const count = Math.min(active.length, silent.length);
  if (count === 0) return { scores: null, failures: [] };
  const rng = new Rng(input.seed);
  const questions = [
    ...rng.sample(active, count).map((record) => ({ record, truth: true })),
    ...rng.sample(silent, count).map((record) => ({ record, truth: false })),
  ];
  return ask(input, questions, ({ record }) => input.judge.detect(about(input, record)));
}

/**
 * Fuzzing: are the marked tokens those on which the unit fires? Every active test window once with the right tokens
 * marked and once with as many silent ones. Source: delphi, `FuzzingScorer`. @throws cancelled, language/*
 */
export async function scoreFuzzing(input: BinaryInput): Promise<BinaryResult> {
  const max = maxOf(input.splits);
  const rng = new Rng(input.seed);
  const questions = input.splits.test.flatMap((record) => {
    const right = positions(record, (value) => max > 0 && value >= ACTIVE * max);
    const silent = positions(record, (value) => value <= SILENT * max);
    if (right.length === 0 || silent.length === 0) return [];
    const wrong = rng.sample(silent, right.length);
    return [
      { record, marked: marking(record, right), truth: true },
      { record, marked: marking(record, wrong), truth: false },
    ];
  });
  return ask(input, questions, ({ record, marked }) => input.judge.fuzz({ ...about(input, record), marked }));
}

/** Asks all questions, in order; answers that failed are listed, and not counted. */
export async function ask<Q extends { readonly record: ExplainedRecord; readonly truth: boolean }>(
  { signal, seed }: Pick<BinaryInput, 'signal' | 'seed'>,
  questions: readonly Q[],
  answer: (question: Q) => ReturnType<JudgePart['detect']>,
): Promise<BinaryResult> {
  const answers: Answer[] = [];
  const failures: Failure[] = [];
  for (let start = 0; start < questions.length; start += AT_ONCE) {
    throwIfCancelled(signal);
    const asked = questions.slice(start, start + AT_ONCE);
    const replies = await Promise.all(asked.map(answer));
    replies.forEach((reply, index) => {
      const { record, truth } = asked[index] as Q;
      if ('failure' in reply) note(failures, { sequence: record.sequence, reason: reply.failure });
      else answers.push({ truth, probability: reply.probability });
    });
  }
  return { scores: scoreAnswers(answers, { seed }), failures };
}

/** Several questions about a window that fail for one reason are one failure. */
function note(failures: Failure[], { sequence, reason }: Failure): void {
  if (!failures.some((each) => each.sequence === sequence && each.reason === reason)) {
    failures.push({ sequence, reason });
  }
}

/** All that a judge sees of a window. */
export function about(
  { explained, text, signal, onCall }: Omit<BinaryInput, 'judge' | 'splits'>,
  { ids, tokens, sequence, concepts }: ExplainedRecord,
): SimulateInput {
  return { explained, record: { ids, tokens, sequence, concepts }, text, signal, onCall };
}

/** The unit's maximum over the windows that do not score. */
function maxOf({ train, calibration }: SplitRecords): number {
  return largest([...train, ...calibration].map(({ activations }) => activations));
}

function positions({ activations }: ExplainedRecord, holds: (value: number) => boolean): number[] {
  return Array.from(activations.keys()).filter((position) => holds(activations[position] ?? 0));
}

function marking({ tokens }: ExplainedRecord, marked: readonly number[]): boolean[] {
  return tokens.map((_, position) => marked.includes(position));
}
