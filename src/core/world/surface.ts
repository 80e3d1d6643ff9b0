import { COUNTRIES, LANGUAGES } from './lexicon/geography.ts';
import { FEMALE_NAMES, MALE_NAMES, NAMES } from './lexicon/names.ts';
import * as words from './lexicon/words.ts';
import type { Span } from './document.ts';

/** Concepts that a word's spelling decides, wherever it stands. */
const WORD_CONCEPTS: ReadonlyMap<string, readonly string[]> = wordConcepts([
  ['name.female', FEMALE_NAMES],
  ['name.male', MALE_NAMES],
  ['name.country', COUNTRIES.map((entry) => entry.country)],
  ['name.capital', COUNTRIES.map((entry) => entry.capital)],
  ['name.language', LANGUAGES],
  ['word.colour', words.COLOURS],
  ['word.number', words.NUMBER_WORDS],
  ['word.ordinal', words.ORDINALS],
  ['word.month', words.MONTHS],
  ['word.weekday', words.WEEKDAYS],
  ['word.animal', words.ANIMALS.flatMap((animal) => [animal, `${animal}s`])],
  ['word.food', words.FOODS],
  ['word.place', words.PLACES],
  ['word.profession', words.ROLES_NOUNS],
  ['word.preposition', words.PREPOSITIONS],
  ['word.article', words.ARTICLES],
  ['word.conjunction', words.CONJUNCTIONS],
  ['word.be', words.BE_FORMS],
  ['word.pronoun.female', words.FEMALE_PRONOUNS],
  ['word.pronoun.male', words.MALE_PRONOUNS],
  ['word.pronoun.plural', words.PLURAL_PRONOUNS],
  ['word.pronoun.speaker', words.FIRST_SECOND_PRONOUNS],
  ['word.negation', words.NEGATIONS],
  ['word.question', words.QUESTION_WORDS],
]);

const ALL_NAMES: ReadonlySet<string> = new Set(NAMES);

const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['char.digits', /\d+/g],
  ['char.stop', /[.!?]/g],
  ['char.comma', /,/g],
  ['char.colon', /[:;]/g],
  ['char.newline', /\n+/g],
  ['char.slash', /[/\\]/g],
  ['char.operator', /[=+*%]/g],
  ['word.capitalised', /\b[A-Z][a-z]+\b/g],
  ['word.uppercase', /\b[A-Z]{2,}\b/g],
];

/** The spans of a text's words and characters that carry a concept by spelling alone, in no particular order. */
export function surfaceSpans(text: string): Span[] {
  const spans: Span[] = [];
  for (const match of text.matchAll(/[A-Za-z]+/g)) {
    const concepts = WORD_CONCEPTS.get(match[0]);
    if (concepts !== undefined)
      spans.push({ start: match.index, end: match.index + match[0].length, concepts });
  }
  for (const [concept, pattern] of PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      spans.push({ start: match.index, end: match.index + match[0].length, concepts: [concept] });
    }
  }
  spans.push(...positionSpans(text), ...repeatedNames(text));
  return spans;
}

/** The first sentence, and the first word of every sentence or line. */
function positionSpans(text: string): Span[] {
  const spans: Span[] = [];
  const first = /^[^.!?\n]*[.!?\n]/.exec(text)?.[0].length ?? text.length;
  if (first > 0) spans.push({ start: 0, end: first, concepts: ['position.sentence.first'] });
  for (const match of text.matchAll(/(^|[.!?] +|\n+ *)([A-Za-z]+)/g)) {
    const start = match.index + (match[1] ?? '').length;
    spans.push({ start, end: start + (match[2] ?? '').length, concepts: ['position.sentence.start'] });
  }
  return spans;
}

/** First names, apart by whether the document has used the name before. */
function repeatedNames(text: string): Span[] {
  const seen = new Set<string>();
  const spans: Span[] = [];
  for (const match of text.matchAll(/[A-Z][a-z]+/g)) {
    if (!ALL_NAMES.has(match[0])) continue;
    const concepts = [seen.has(match[0]) ? 'name.repeated' : 'name.new'];
    spans.push({ start: match.index, end: match.index + match[0].length, concepts });
    seen.add(match[0]);
  }
  return spans;
}

function wordConcepts(table: readonly (readonly [string, readonly string[]])[]): Map<string, string[]> {
  const concepts = new Map<string, string[]>();
  for (const [concept, list] of table) {
    for (const word of list) {
      const known = concepts.get(word);
      if (known === undefined) concepts.set(word, [concept]);
      else if (!known.includes(concept)) known.push(concept);
    }
  }
  return concepts;
}
