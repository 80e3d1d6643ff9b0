import { familyId, findUnit, placeOf } from '../../core/records/family.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { WordsOfUnit } from '../../core/trace/words.ts';
import type { Published, SaidOfUnit } from '../../runtime/explanations/published.ts';
import type { FamilyWords, UnitWords } from '../records/unitWords.ts';

/** So many sayings of one unit are shown in hovers and lists; its page shows all. */
const MOST_SHOWN = 3;

/** Published words, for hovers, lists and pages. */
export function publishedWordsOf(published: () => Published | null): UnitWords {
  const known = new WeakMap<ReadonlyMap<number, readonly SaidOfUnit[]>, FamilyWords>();
  const none: FamilyWords = new Map();
  return {
    words: async (model, unitId) => {
      const { family, index } = placeOf(findUnit(unitId, unitSpace(model)));
      return asWords((await published()?.words(model.info.name, familyId(family), index)) ?? []);
    },
    search: async (model, family) => {
      const said = await published()?.family(model.info.name, family);
      if (!said || said.size === 0) return none;
      const before = known.get(said);
      if (before) return before;
      const words = new Map<number, WordsOfUnit>();
      for (const [index, all] of said) {
        const best = asWords(all);
        if (best) words.set(index, best);
      }
      known.set(said, words);
      return words;
    },
  };
}

function asWords(said: readonly SaidOfUnit[]): WordsOfUnit | null {
  const [first, ...also] = said.slice(0, MOST_SHOWN).map(asOne);
  if (!first) return null;
  return also.length === 0 ? first : { ...first, also };
}

function asOne({ words, by, score, isPattern, scoreKind }: SaidOfUnit): WordsOfUnit {
  return {
    ...{ words, by, score, stale: false, isPublished: true },
    ...(isPattern === true ? { isPattern } : {}),
    ...(scoreKind === undefined ? {} : { scoreKind }),
  };
}
