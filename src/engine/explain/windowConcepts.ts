import type { RecordsIndex } from '../../core/records/records.ts';
import { worldDocument } from '../../core/records/worldCorpus.ts';
import { labelTokens } from '../../core/world/labelTokens.ts';
import type { OpenModel } from '../openModel.ts';

/** Documents whose labels are kept: windows of one unit are all over the corpus, those of the next one too. */
const MAX_DOCUMENTS = 4000;

/** Concept ids of each token of a window; null where the corpus has no labels. */
export type WindowConcepts = (sequence: number) => readonly ReadonlySet<string>[] | null;

/** The embedded generator writes a document again from its number, and knows what each of its tokens stands for. */
export function windowConcepts(model: OpenModel, index: RecordsIndex): WindowConcepts {
  const { corpus } = index;
  if (corpus.kind !== 'world') return () => null;
  const known = new Map<number, readonly ReadonlySet<string>[]>();
  const labelsOf = (document: number): readonly ReadonlySet<string>[] => {
    const before = known.get(document);
    if (before) return before;
    const { world, text } = worldDocument(corpus.seed, document);
    const labels = world ? labelTokens(world, model.tokenizer.encode(text)) : [];
    if (known.size >= MAX_DOCUMENTS) known.clear();
    known.set(document, labels);
    return labels;
  };
  return (sequence) => {
    const labels = Array.from(index.ids(sequence), (): ReadonlySet<string> => NONE);
    for (const { document, firstToken, position, count } of index.parts(sequence)) {
      const own = labelsOf(document);
      for (let i = 0; i < count; i++) labels[position + i] = own[firstToken + i] ?? NONE;
    }
    return labels;
  };
}

const NONE: ReadonlySet<string> = new Set();
