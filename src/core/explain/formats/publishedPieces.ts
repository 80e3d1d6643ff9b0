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
  return { words, by, score, rSquared, absoluteDeviation, sequences: sequences.length };
}

/** One line with its end: short keys, since a large model has hundreds of thousands. */
export function printWords(unit: string, list: readonly PublishedWords[]): string {
  const said = list.map(({ words, by, score, rSquared, absoluteDeviation, sequences }) => ({
    words,
    ...(by === null ? {} : { by }),
    score,
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

/** Each words of each writer once, the best first: of what is published twice, what came last counts. */
export function bestFirst(all: readonly PublishedWords[]): PublishedWords[] {
  const last = new Map(all.map((each) => [JSON.stringify([each.words, each.by]), each]));
  return [...last.values()].sort((a, b) => (b.score ?? -2) - (a.score ?? -2));
}
