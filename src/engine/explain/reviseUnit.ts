import { InterpError } from '../../core/errors.ts';
import type {
  CounterExample,
  ExplanationRecord,
  LanguageCall,
  Revision,
} from '../../core/explain/explanation.ts';
import {
  languageReviser,
  languageSentences,
  revise,
  type ReviseWords,
  type ScoredWords,
} from '../../core/explain/language/revise.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { splitRecords } from '../../core/explain/splits.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { OpenModel } from '../openModel.ts';
import { activationsOf } from './activationsOf.ts';
import { costOf, explainUnit, type ExplainedUnit, type GivenWords } from './explainUnit.ts';
import { heldOutScore } from './heldOutScore.ts';
import { generatedSentences, summaryReviser } from './offlineRevision.ts';
import type { PreparedUnit } from './preparedUnit.ts';

export interface RevisionTask {
  readonly model: OpenModel;
  readonly prepared: PreparedUnit;
  readonly options: ExplainOptions;
  /** Null: the embedded generator writes the sentences, and the summary explainer revises. */
  readonly language: LanguageModel | null;
  readonly record: ExplanationRecord;
  readonly job: JobContext;
}

/** A revision, and what of it is to be kept: the old words with their scores, the new ones if they are better. */
export interface RevisedUnit {
  readonly revision: Revision;
  readonly keep: readonly ExplainedUnit[];
}

/**
 * Tries an explanation on sentences made up from it, revises it by what the real model did, and scores both on windows
 * and sentences that neither has seen. What was asked on the way belongs to the words that are kept.
 * @throws explain/not-possible for heads, explain/*, language/*, cancelled
 */
export async function reviseUnit(asked: RevisionTask): Promise<RevisedUnit> {
  const { prepared, language, record, model, job } = asked;
  if (prepared.unit.kind === 'head') {
    throw new InterpError(
      'explain/not-possible',
      'Sentences try what a unit does at single tokens; the explanation of a head cannot be revised by them.',
    );
  }
  const task = { ...asked, options: forWords(asked.options) };
  const calls: LanguageCall[] = [];
  const onCall = (call: LanguageCall): void => void calls.push(call);
  const bench = createBench(task, onCall);
  const { activations, text, bosId } = bench;
  bench.say('writing sentences');
  const result = await revise<ExplanationRecord>({
    words: record.explanation,
    train: bench.splits.train,
    write: language ? languageSentences(language) : generatedSentences(model, task.options),
    revise: language ? languageReviser(language) : offlineReviser(task, bench),
    activationsOf: activations,
    encode: (sentence) => {
      const ids = model.tokenizer.encode(sentence).map(({ id }) => id);
      return [...(bosId === null ? [] : [bosId]), ...ids].slice(0, model.info.n_ctx);
    },
    text,
    score: bench.score,
    signal: job.signal,
    onCall,
  });
  return charged(result, bench.done, { calls, record });
}

/** Patterns and concept labels are no words that a revision could be scored by. */
function forWords(options: ExplainOptions): ExplainOptions {
  const { simulator } = options;
  return { ...options, simulator: simulator === 'pattern' || simulator === 'concepts' ? 'auto' : simulator };
}

function createBench(task: RevisionTask, onCall: (call: LanguageCall) => void) {
  const { model, prepared, options, language, record, job } = task;
  const done = new Map<string, ExplainedUnit>();
  const splits = splitRecords(prepared, { perSplit: options.perSplit });
  let step = 0;
  const say = (message: string): void => job.progress({ done: step++, total: 0, message });
  const text = (id: number): string => model.tokenizer.text(id);
  const givenOf = (words: string): GivenWords => {
    const { pattern, explainerKind: kind, explainer: by, revises } = record;
    if (words === record.explanation) return { words, pattern, kind, by, revises };
    const kindOfNew = language ? 'language' : 'summary';
    return { words, pattern: null, kind: kindOfNew, by: language?.name ?? 'summary', revises: record.id };
  };
  const explained = async (words: string): Promise<ExplainedUnit> => {
    // A revision that changes nothing is scored once.
    const known = done.get(words);
    if (known) return known;
    const given = givenOf(words);
    const made = await explainUnit({ model, prepared, options, language, given, signal: job.signal, say });
    done.set(words, made);
    return made;
  };
  const score = async (
    words: string,
    examples: readonly CounterExample[],
  ): Promise<ScoredWords<ExplanationRecord>> => {
    const made = await explained(words);
    const { simulatorKind } = made.record;
    const isOfWords = simulatorKind !== 'pattern' && simulatorKind !== 'concepts';
    const windows =
      isOfWords && made.simulated.length > 0 ? { simulated: made.simulated } : { records: splits.test };
    const { unit } = prepared;
    const { signal } = job;
    const held = { unit, options, language, words, examples, windows, signal, text, onCall };
    return { record: made.record, heldOut: await heldOutScore(held) };
  };
  return {
    done,
    say,
    text,
    score,
    splits,
    bosId: model.info.bos ? model.tokenizer.bosId : null,
    activations: activationsOf(model, { family: prepared.family, index: prepared.place }),
  };
}

function offlineReviser(
  { prepared, options }: RevisionTask,
  { splits, activations, text, bosId }: ReturnType<typeof createBench>,
): ReviseWords {
  return summaryReviser({
    unit: prepared.unit,
    train: splits.train,
    contrast: splits.contrast,
    activationsOf: activations,
    text,
    padId: 0,
    bosId,
    seed: options.seed,
  });
}

/** Puts what was asked for the sake of the revision on the record that is kept. */
function charged(
  result: Revision,
  done: ReadonlyMap<string, ExplainedUnit>,
  { calls, record }: { readonly calls: readonly LanguageCall[]; readonly record: ExplanationRecord },
): RevisedUnit {
  const before = done.get(result.before.explanation);
  const after = done.get(result.after.explanation);
  if (!before || !after) return { revision: result, keep: [...done.values()] };
  const isNew = result.kept === 'after';
  const vain = isNew || after === before ? [] : (after.detail?.calls ?? []);
  const extra = [...calls, ...vain];
  const old = withCalls(before, isNew ? [] : extra, record.cost);
  const best = isNew ? withCalls(after, extra) : after;
  const revised = after === before ? old : best;
  return {
    revision: { ...result, before: old.record, after: revised.record },
    keep: isNew ? [old, best] : [old],
  };
}

function withCalls(
  { record, detail, ...rest }: ExplainedUnit,
  calls: readonly LanguageCall[],
  spent: ExplanationRecord['cost'] = costOf([]),
): ExplainedUnit {
  const more = costOf(calls);
  const cost = {
    requests: record.cost.requests + more.requests + spent.requests,
    promptTokens: record.cost.promptTokens + more.promptTokens + spent.promptTokens,
    completionTokens: record.cost.completionTokens + more.completionTokens + spent.completionTokens,
  };
  return {
    record: { ...record, cost },
    detail: detail && { ...detail, calls: [...calls, ...detail.calls] },
    ...rest,
  };
}
