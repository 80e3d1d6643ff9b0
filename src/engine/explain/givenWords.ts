import { InterpError } from '../../core/errors.ts';
import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { ExplanationStore } from '../../runtime/explanations/store.ts';
import type { Published } from '../../runtime/explanations/published.ts';
import type { OpenModel } from '../openModel.ts';
import { asRecord } from '../published/publishedRecords.ts';
import type { GivenWords } from './explainUnit.ts';
import { idOf, placeIn } from './places.ts';

/** Words that are there already: typed ones, or those of a stored record. @throws explain/unknown */
export async function givenWords(
  model: OpenModel,
  unit: string,
  { options, ...from }: { readonly options: ExplainOptions } & RecordSources,
): Promise<GivenWords | null> {
  const { explainer } = options;
  if (explainer.kind === 'human') {
    const words = explainer.words.trim();
    if (words === '')
      throw new InterpError('explain/nothing-found', 'There are no words to score: type some first.');
    return { words, pattern: null, kind: 'human', by: 'human', revises: null };
  }
  if (explainer.kind !== 'record') return null;
  const record = await recordOf(model, unit, explainer.id, from);
  return asGiven(record);
}

function asGiven(record: ExplanationRecord): GivenWords {
  const { explanation, pattern, explainerKind, explainer, revises } = record;
  return { words: explanation, pattern, kind: explainerKind, by: explainer, revises };
}

/** Where a record may stand: in the workspace, or in what others published. */
export interface RecordSources {
  readonly store: ExplanationStore;
  readonly published: Published;
}

/** @throws explain/unknown */
export async function recordOf(
  model: OpenModel,
  unit: string,
  id: string,
  { store, published }: RecordSources,
): Promise<ExplanationRecord> {
  const { records } = await store.family(model.info.name, idOf(model, unit).family);
  const found = records.find((record) => record.unit === unit && record.id === id);
  if (found) return found;
  const { family, index } = placeIn(model, unit);
  const said = await published.words(model.info.name, family, index);
  const theirs = said.map((each) => asRecord(each, unit)).find((record) => record.id === id);
  if (theirs) return theirs;
  throw new InterpError('explain/unknown', `${unit} has no explanation ${id}.`, { data: { unit, id } });
}
