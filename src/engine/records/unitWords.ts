import type { WordsOfUnit } from '../../core/records/units/unitList.ts';
import { parseUnit } from '../../core/model/units.ts';
import type { OpenModel } from '../openModel.ts';

/** What is known of units in words: explanations, or what ships with a SAE. */
export interface UnitWords {
  /** The best of a unit; `unitId` as `formatUnit` writes it. */
  words(model: OpenModel, unitId: string): Promise<WordsOfUnit | null> | WordsOfUnit | null;
  /** All units of a family that have some, with their places there. */
  search(
    model: OpenModel,
    family: string,
  ):
    | Promise<Iterable<readonly [index: number, words: WordsOfUnit]>>
    | Iterable<readonly [index: number, words: WordsOfUnit]>;
}

const LABEL = 'concept label';

/** The labels that ship with SAEs. */
export const LABELS: UnitWords = {
  words: (model, unitId) => {
    const unit = parseUnit(unitId);
    const label = unit.kind === 'latent' ? model.saes.get(unit.sae)?.words.get(unit.index) : undefined;
    return label ? ofLabel(label) : null;
  },
  search: (model, family) =>
    [...(model.saes.get(family)?.words ?? [])].map(([index, label]) => [index, ofLabel(label)] as const),
};

/** The first source that knows something of a unit. */
export function firstWords(sources: readonly UnitWords[]): UnitWords {
  return {
    words: async (model, unitId) => {
      for (const source of sources) {
        const found = await source.words(model, unitId);
        if (found) return found;
      }
      return null;
    },
    search: async (model, family) => {
      const all = new Map<number, WordsOfUnit>();
      for (const source of sources.toReversed())
        for (const [index, words] of await source.search(model, family)) all.set(index, words);
      return all;
    },
  };
}

function ofLabel(label: { readonly words: string; readonly f1: number | null }): WordsOfUnit {
  return { words: label.words, by: LABEL, score: label.f1, stale: false };
}
