import type { ExplanationRecord, Revision, Score } from '../../core/explain/explanation.ts';
import {
  languageReviser,
  languageSentences,
  revise,
  type ScoredWords,
} from '../../core/explain/language/revise.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { OpenModel } from '../openModel.ts';
import { activationsOf } from './activationsOf.ts';
import { explainUnit, type ExplainedUnit, type GivenWords } from './explainUnit.ts';
import { heldOutScore } from './heldOutScore.ts';
import { generatedSentences, summaryReviser } from './offlineRevision.ts';
import type { PreparedUnit } from './preparedUnit.ts';
import { splitRecords } from '../../core/explain/splits.ts';

export interface RevisionTask {
  readonly model: OpenModel;
  readonly prepared: PreparedUnit;
  readonly options: ExplainOptions;
  /** Null: the embedded generator writes the sentences, and the summary explainer revises. */
  readonly language: LanguageModel | null;
  readonly record: ExplanationRecord;
  readonly job: JobContext;
}

/**
 * Tries an explanation on sentences made up from it, revises it by what the real model did, and scores both on windows
 * and sentences that neither has seen.
 */
export async function reviseUnit(
  task: RevisionTask,
): Promise<{ readonly revision: Revision; readonly done: readonly ExplainedUnit[] }> {
  const { model, prepared, options, language, record, job } = task;
  const done: ExplainedUnit[] = [];
  const splits = splitRecords(prepared, { perSplit: options.perSplit });
  const text = (id: number): string => model.tokenizer.text(id);
  const bosId = model.info.bos ? model.tokenizer.bosId : null;
  const runs = activationsOf(model, { family: prepared.family, index: prepared.place });
  let step = 0;
  const say = (message: string): void => job.progress({ done: step++, total: 0, message });
  say('writing sentences');
  const score = async (
    words: string,
    examples: readonly Revision['examples'][number][],
  ): Promise<ScoredWords<ExplanationRecord>> => {
    const isOld = words === record.explanation;
    const by = language?.name ?? 'summary';
    const given: GivenWords = isOld
      ? { words, pattern: null, kind: record.explainerKind, by: record.explainer, revises: record.revises }
      : { words, pattern: null, kind: language ? 'language' : 'summary', by, revises: record.id };
    const explained = await explainUnit({
      model,
      prepared,
      options,
      language,
      given,
      signal: job.signal,
      say,
    });
    done.push(explained);
    const heldOut: Score | null = await heldOutScore(
      { ...task, words, examples, windows: explained.detail?.sequences ?? [] },
      text,
    );
    return { record: explained.record, heldOut };
  };
  const base = {
    unit: prepared.unit,
    contrast: splits.calibration.filter(({ set }) => set === 'random'),
    activationsOf: runs,
    text,
    padId: 0,
    bosId,
    seed: options.seed,
  };
  const result = await revise<ExplanationRecord>({
    words: record.explanation,
    train: splits.train,
    write: language ? languageSentences(language) : generatedSentences(model, options.seed),
    revise: language ? languageReviser(language) : summaryReviser({ ...base, train: splits.train }),
    activationsOf: runs,
    encode: (sentence) => [
      ...(bosId === null ? [] : [bosId]),
      ...model.tokenizer.encode(sentence).map(({ id }) => id),
    ],
    text,
    score,
    signal: job.signal,
    onCall: () => {},
  });
  return { revision: result, done };
}
