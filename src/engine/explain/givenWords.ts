import { InterpError } from '../../core/errors.ts';
import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { ExplanationStore } from '../../runtime/explanations/store.ts';
import type { OpenModel } from '../openModel.ts';
import type { GivenWords } from './explainUnit.ts';
import { idOf } from './places.ts';

/** Words that are there already: typed ones, or those of a stored record. @throws explain/unknown */
export async function givenWords(
  model: OpenModel,
  unit: string,
  { options, store }: { readonly options: ExplainOptions; readonly store: ExplanationStore },
): Promise<GivenWords | null> {
  const { explainer } = options;
  if (explainer.kind === 'human') {
    const words = explainer.words.trim();
    if (words === '')
      throw new InterpError('explain/nothing-found', 'There are no words to score: type some first.');
    return { words, pattern: null, kind: 'human', by: 'human', revises: null };
  }
  if (explainer.kind !== 'record') return null;
  const record = await recordOf(model, unit, explainer.id, store);
  return asGiven(record);
}

function asGiven(record: ExplanationRecord): GivenWords {
  const { explanation, pattern, explainerKind, explainer, revises } = record;
  return { words: explanation, pattern, kind: explainerKind, by: explainer, revises };
}

/** @throws explain/unknown */
export async function recordOf(
  model: OpenModel,
  unit: string,
  id: string,
  store: ExplanationStore,
): Promise<ExplanationRecord> {
  const { records } = await store.family(model.info.name, idOf(model, unit).family);
  const found = records.find((record) => record.unit === unit && record.id === id);
  if (found) return found;
  throw new InterpError('explain/unknown', `${unit} has no explanation ${id}.`, { data: { unit, id } });
}
