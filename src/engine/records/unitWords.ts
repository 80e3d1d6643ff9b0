import { CONCEPT_LABEL, type WordsOfUnit } from '../../core/trace/words.ts';
import { parseUnit } from '../../core/model/units.ts';
import type { LatentWords } from '../latentWords.ts';
import type { OpenModel } from '../openModel.ts';

/** What is known of units in words: explanations, or what ships with a SAE. */
export interface UnitWords {
  /** The best of a unit; `unitId` as `formatUnit` writes it. */
  words(model: OpenModel, unitId: string): Promise<WordsOfUnit | null> | WordsOfUnit | null;
  /** All units of a family that have some, by their places there. The same map until something in it changes. */
  search(model: OpenModel, family: string): Promise<FamilyWords> | FamilyWords;
}

export type FamilyWords = ReadonlyMap<number, WordsOfUnit>;

/** The labels that ship with SAEs. */
export const LABELS: UnitWords = {
  words: (model, unitId) => {
    const unit = parseUnit(unitId);
    const label = unit.kind === 'latent' ? model.saes.get(unit.sae)?.words.get(unit.index) : undefined;
    return label ? ofLabel(label) : null;
  },
  search: (model, family) => labelsOf(model.saes.get(family)?.words ?? NO_LABELS),
};

const NO_LABELS: LatentWords = new Map();
const labels = new WeakMap<LatentWords, FamilyWords>();

function labelsOf(of: LatentWords): FamilyWords {
  const known = labels.get(of);
  if (known) return known;
  const made = new Map([...of].map(([index, label]) => [index, ofLabel(label)]));
  labels.set(of, made);
  return made;
}

/** The first source that knows something of a unit; a pattern stands behind the words of all others. */
export function firstWords(sources: readonly UnitWords[]): UnitWords {
  const merged = new WeakMap<OpenModel, Map<string, Merged>>();
  return {
    words: async (model, unitId) => {
      let pattern: WordsOfUnit | null = null;
      for (const source of sources) {
        const found = await source.words(model, unitId);
        if (found && found.isPattern !== true) return found;
        pattern ??= found;
      }
      return pattern;
    },
    search: async (model, family) => {
      const maps: FamilyWords[] = [];
      for (const source of sources) maps.push(await source.search(model, family));
      const known = merged.get(model)?.get(family);
      if (known?.maps.every((map, at) => map === maps[at]) === true) return known.words;
      const said = maps.toReversed().flatMap((map) => [...map]);
      const isPattern = ([, { isPattern: is }]: (typeof said)[number]): boolean => is === true;
      const words = new Map([...said.filter(isPattern), ...said.filter((each) => !isPattern(each))]);
      const families = merged.get(model) ?? new Map<string, Merged>();
      merged.set(model, families.set(family, { maps, words }));
      return words;
    },
  };
}

/** Words of one source, with what others published beside them, which comes first where the source has a pattern only. */
export function besidePublished(own: UnitWords, published: UnitWords): UnitWords {
  const merged = new WeakMap<OpenModel, Map<string, Merged>>();
  return {
    words: async (model, unitId) =>
      beside(await own.words(model, unitId), await published.words(model, unitId)) ?? null,
    search: async (model, family) => {
      const maps = [await own.search(model, family), await published.search(model, family)];
      const [mine = NO_WORDS, theirs = NO_WORDS] = maps;
      if (theirs.size === 0) return mine;
      const known = merged.get(model)?.get(family);
      if (known?.maps.every((map, at) => map === maps[at]) === true) return known.words;
      const words = new Map(theirs);
      for (const [index, said] of mine) words.set(index, beside(said, theirs.get(index) ?? null) ?? said);
      const families = merged.get(model) ?? new Map<string, Merged>();
      merged.set(model, families.set(family, { maps, words }));
      return words;
    },
  };
}

const NO_WORDS: FamilyWords = new Map();

function beside(own: WordsOfUnit | null, published: WordsOfUnit | null): WordsOfUnit | null {
  if (!own || !published) return own ?? published;
  const { also = [], ...first } = published;
  if (own.isPattern === true && first.isPattern !== true) return { ...first, also: [...also, own] };
  return { ...own, also: [first, ...also] };
}

interface Merged {
  readonly maps: readonly FamilyWords[];
  readonly words: FamilyWords;
}

function ofLabel(label: { readonly words: string; readonly f1: number | null }): WordsOfUnit {
  return { words: label.words, by: CONCEPT_LABEL, score: label.f1, stale: false };
}
