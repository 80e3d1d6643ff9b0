import { parseJsonObject } from '../../json.ts';
import type { ScoredSequence } from '../explanation.ts';
import { finiteAt, listAt, malformed, objectAt } from './fields.ts';
import type { ImportedExplanation } from './simulationResults.ts';

/** Published words of a unit as they are kept here: without the windows behind their score. */
export interface PublishedWords {
  readonly words: string;
  /** Who wrote them, where the publishers say so; null = the set's label says it all. */
  readonly by: string | null;
  readonly score: number | null;
  /** The score is a trie's, not the words'. */
  readonly isPattern?: true;
  /** What the score is of where it is no correlation, as its publishers call it: `fuzz`, `recall`. */
  readonly scoreKind?: string;
  readonly rSquared: number | null;
  readonly absoluteDeviation: number | null;
  /** Windows that were scored. */
  readonly sequences: number;
}

/** Windows behind the score of some words. */
export interface PublishedEvidence {
  readonly words: string;
  readonly sequences: readonly ScoredSequence[];
}

export function publishedWords(of: ImportedExplanation): PublishedWords {
  const { words, by, score, rSquared, absoluteDeviation, sequences } = of;
  const kept = { words, by, score, rSquared, absoluteDeviation, sequences: sequences.length };
  return {
    ...kept,
    ...(of.isPattern === true ? { isPattern: true } : {}),
    ...(of.scoreKind === undefined ? {} : { scoreKind: of.scoreKind }),
  };
}

/** One line with its end: short keys, since a large model has hundreds of thousands. */
export function printWords(unit: string, list: readonly PublishedWords[]): string {
  const said = list.map(({ words, by, score, rSquared, absoluteDeviation, sequences, ...of }) => ({
    words,
    ...(by === null ? {} : { by }),
    score,
    ...of,
    ...(rSquared === null ? {} : { rSquared }),
    ...(absoluteDeviation === null ? {} : { absoluteDeviation }),
    ...(sequences === 0 ? {} : { sequences }),
  }));
  return `${JSON.stringify({ unit, said })}\n`;
}

/** @throws explain/malformed */
export function parseWords(line: string, place: string): PublishedWords[] {
  const object = parseJsonObject(line, { file: place, code: 'explain/malformed' });
  return listAt(object['said'], place, 'said').map((each, index) => {
    const said = objectAt(each, place, `said[${index}]`);
    const { words, by } = said;
    if (typeof words !== 'string') throw malformed(place, `said[${index}].words`, 'a text', words);
    return {
      words,
      by: typeof by === 'string' ? by : null,
      score: finiteAt(said['score'], place, `said[${index}].score`),
      ...(said['isPattern'] === true ? { isPattern: true } : {}),
      ...(typeof said['scoreKind'] === 'string' ? { scoreKind: said['scoreKind'] } : {}),
      rSquared: finiteAt(said['rSquared'], place, `said[${index}].rSquared`),
      absoluteDeviation: finiteAt(said['absoluteDeviation'], place, `said[${index}].absoluteDeviation`),
      sequences: finiteAt(said['sequences'], place, `said[${index}].sequences`) ?? 0,
    };
  });
}

/** Who says it, as hovers and tables name it: `OpenAI 2023`, `Neuronpedia: oai_token-act-pair, gpt-4o-mini`. */
export function sayerOf(label: string, by: string | null): string {
  if (by === null || by === label) return label;
  return by.startsWith(`${label}:`) ? by : `${label}: ${by}`;
}

/** For a sort, the best first. Scores are correlations, -1 to 1; a pattern's is not the words', however high it is. */
export function byScore(a: PublishedWords, b: PublishedWords): number {
  const worth = ({ score, isPattern }: PublishedWords): number =>
    (score ?? -2) - (isPattern === true ? 4 : 0);
  return worth(b) - worth(a);
}

/** Each words of each writer once, the best first: of what is published twice, what came last counts. */
export function bestFirst(all: readonly PublishedWords[]): PublishedWords[] {
  const last = new Map(all.map((each) => [JSON.stringify([each.words, each.by]), each]));
  return [...last.values()].sort(byScore);
}
