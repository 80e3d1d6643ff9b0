import { InterpError } from '../../core/errors.ts';
import { ablationScore } from '../../core/explain/ablation.ts';
import { chooseBest } from '../../core/explain/chooseBest.ts';
import type {
  Cost,
  ExplainerKind,
  ExplanationRecord,
  LanguageCall,
  ScoreDetail,
} from '../../core/explain/explanation.ts';
import {
  READS_CONTRAST,
  type Explained,
  type ExplainInput,
  type LanguageModel,
  type SplitRecords,
} from '../../core/explain/parts.ts';
import { explanationId } from '../../core/explain/recordJson.ts';
import { scoreExplanation, type ScoredExplanation } from '../../core/explain/scoreExplanation.ts';
import type { Simulation } from '../../core/explain/scores.ts';
import { splitRecords, type Splits } from '../../core/explain/splits.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { OpenModel } from '../openModel.ts';
import { ablationRuns } from './ablationRuns.ts';
import { activationsOf } from './activationsOf.ts';
import { chooseParts, type ChosenParts } from './chooseParts.ts';
import type { PreparedUnit } from './preparedUnit.ts';

/** Words that are there already: typed, stored, or made by a revision. */
export interface GivenWords extends Explained {
  readonly kind: ExplainerKind;
  /** `human`, `summary`, a language model's name. */
  readonly by: string;
  readonly revises: string | null;
}

export interface ExplainTask {
  readonly model: OpenModel;
  readonly prepared: PreparedUnit;
  readonly options: ExplainOptions;
  readonly language: LanguageModel | null;
  /** Null: the explainer of the options finds them. */
  readonly given: GivenWords | null;
  readonly signal: AbortSignal;
  say(message: string): void;
}

export interface ExplainedUnit {
  readonly record: ExplanationRecord;
  /** Null when nothing was scored and nothing was asked. */
  readonly detail: ScoreDetail | null;
  readonly splits: Splits;
  /** Test windows as they were simulated, before any calibration, 0..10; those that failed are left out. */
  readonly simulated: readonly Simulation[];
}

/**
 * Explains one unit from its train records against contrast windows, and scores the stored words on records that neither explained nor
 * calibrated. @throws explain/*, language/*, cancelled
 */
export async function explainUnit(task: ExplainTask): Promise<ExplainedUnit> {
  const { prepared, options, given, say } = task;
  const splits = splitRecords(prepared, { perSplit: options.perSplit });
  const calls: LanguageCall[] = [];
  const onCall = (call: LanguageCall): void => void calls.push(call);
  const parts = chooseParts({
    unit: prepared.unit,
    options,
    language: task.language,
    bosId: bosOf(task.model),
    given,
  });
  say('explaining');
  const candidates = given ? [given] : await findWords(task, { parts, splits, onCall });
  const explained = await best(task, { parts, splits, candidates, onCall });
  const scored =
    options.scorers.length === 0 ? null : await score(task, { parts, splits, explained, onCall });
  const record = recordOf(task, { parts, explained, scored, calls, test: splits.test });
  const simulated = scored?.simulated ?? [];
  if (!scored && calls.length === 0) return { record, detail: null, splits, simulated };
  const detail: ScoreDetail = {
    id: record.id,
    calibration: scored?.calibration ?? { kind: 'none' },
    splits: {
      train: numbers(splits.train),
      contrast: READS_CONTRAST.has(record.explainerKind) ? numbers(splits.contrast) : [],
      calibration: numbers(splits.calibration),
      test: numbers(splits.test),
    },
    sequences: scored?.sequences ?? [],
    calls,
  };
  return { record, detail, splits, simulated };
}

interface Work {
  readonly parts: ChosenParts;
  readonly splits: Splits;
  readonly onCall: (call: LanguageCall) => void;
}

async function findWords(task: ExplainTask, { parts, splits, onCall }: Work): Promise<readonly Explained[]> {
  const { model, prepared, options, signal } = task;
  const input: ExplainInput = {
    unit: prepared.unit,
    train: splits.train,
    contrast: splits.contrast,
    activationsOf: activationsOf(model, { family: prepared.family, index: prepared.place }),
    text: (id) => model.tokenizer.text(id),
    padId: padOf(model),
    bosId: bosOf(model),
    seed: options.seed,
    signal,
    onCall,
  };
  const found = await parts.explainer?.explain(input);
  if (found && found.length > 0) return found;
  throw new InterpError('explain/nothing-found', `Nothing was found to say of ${prepared.id}.`);
}

async function best(
  task: ExplainTask,
  { parts, splits, candidates, onCall }: Work & { readonly candidates: readonly Explained[] },
): Promise<Explained> {
  const [first, ...others] = candidates;
  if (!first)
    throw new InterpError('explain/nothing-found', `Nothing was found to say of ${task.prepared.id}.`);
  if (others.length === 0 || task.options.scorers.length === 0) return first;
  task.say(`comparing ${candidates.length} explanations`);
  const chosen = await chooseBest([first, ...others], { ...bench(task, { parts, splits, onCall }) });
  return chosen.explained;
}

function bench(task: ExplainTask, { parts, splits, onCall }: Work) {
  const { model, options, signal } = task;
  return {
    simulator: parts.simulator,
    judge: parts.judge,
    questions: options.scorers.filter((scorer) => scorer === 'detection' || scorer === 'fuzzing'),
    splits,
    others: splits.valid,
    text: (id: number): string => model.tokenizer.text(id),
    signal,
    onCall,
    seed: options.seed,
    calibration: options.calibration,
  };
}

async function score(
  task: ExplainTask,
  { explained, ...work }: Work & { readonly explained: Explained },
): Promise<ScoredExplanation> {
  task.say('scoring');
  const scored = await scoreExplanation({ ...bench(task, work), explained });
  const { unit, records } = task.prepared;
  if (!task.options.scorers.includes('ablation') || unit.kind === 'head') return scored;
  task.say('ablating');
  const windows = scored.sequences.flatMap(({ sequence, set, simulated }) => {
    const ids = work.splits.test.find((record) => record.sequence === sequence)?.ids;
    return ids && simulated ? [{ ids, set, simulated }] : [];
  });
  const { mean } = records.statistics.central;
  const runs = await ablationRuns(task.model, unit, windows, { mean, signal: task.signal });
  const ablation = ablationScore(runs, { seed: task.options.seed });
  return { ...scored, scores: { ...scored.scores, ablation } };
}

function recordOf(
  { prepared, given, options, language }: ExplainTask,
  {
    parts,
    explained,
    scored,
    calls,
    test,
  }: {
    readonly parts: ChosenParts;
    readonly explained: Explained;
    readonly scored: ScoredExplanation | null;
    readonly calls: readonly LanguageCall[];
    readonly test: SplitRecords['test'];
  },
): ExplanationRecord {
  const explainerKind = given?.kind ?? (options.explainer.kind as ExplainerKind);
  const explainer =
    given?.by ?? (explainerKind === 'language' ? (language?.name ?? 'language') : explainerKind);
  const named = {
    unit: prepared.id,
    explanation: explained.words,
    explainer,
    pattern: explained.pattern,
  };
  const scorer = scored ? (parts.simulator ?? parts.judge) : null;
  return {
    version: 1,
    id: explanationId(named),
    ...named,
    explainerKind,
    simulator: scorer?.name ?? null,
    simulatorKind: scored ? parts.scoredBy : null,
    score: scored?.score ?? null,
    scores: scored?.scores ?? null,
    sequences: scored ? scoredWindows(parts, scored, test) : 0,
    failures: scored?.failures ?? [],
    cost: costOf(calls),
    revises: given?.revises ?? null,
    from: prepared.from,
  };
}

/** Test windows that the scores are of: of heads, and where only questions were asked, those without a failure. */
function scoredWindows(
  { simulator }: ChosenParts,
  { sequences, failures }: ScoredExplanation,
  test: SplitRecords['test'],
): number {
  if (simulator) return sequences.filter(({ failure }) => failure === null).length;
  const failed = new Set(failures.map(({ sequence }) => sequence));
  return test.filter(({ sequence }) => !failed.has(sequence)).length;
}

/** Answers from the cache cost nothing. */
export function costOf(calls: readonly LanguageCall[]): Cost {
  const sent = calls.filter(({ cached }) => !cached);
  return {
    requests: sent.length,
    promptTokens: sent.reduce((sum, call) => sum + call.promptTokens, 0),
    completionTokens: sent.reduce((sum, call) => sum + call.completionTokens, 0),
  };
}

function numbers(records: SplitRecords['train']): number[] {
  return records.map(({ sequence }) => sequence);
}

function bosOf(model: OpenModel): number | null {
  return model.info.bos ? model.tokenizer.bosId : null;
}

/** N2G's own pad token of GPT-2 is " _"; other vocabularies have a plain token of their own. */
function padOf({ tokenizer }: OpenModel): number {
  const found = [' _', '_', ' .', '.', ' ']
    .map((text) => tokenizer.asSingleToken(text))
    .find((id) => id !== null);
  return found ?? 0;
}
