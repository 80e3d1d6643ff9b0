import { COUNTRIES } from '../lexicon/geography.ts';
import { inSplit, pairSplit } from '../split.ts';
import { piece } from '../writer.ts';
import { writePreamble } from './filler.ts';
import { withLead } from './leads.ts';
import type { KindContext } from '../document.ts';
import type { Country } from '../lexicon/geography.ts';

/** What ends with the capital; every fifth is held out, and says it in words that others use in another order. */
export const CAPITAL_TEMPLATES: readonly string[] = [
  'the capital of <country> is',
  'the capital city of <country> is',
  'in <country> the capital is called',
  'the king of <country> lives in the capital,',
  'the name of the capital of <country> is',
  'the capital of the country of <country> is',
  'question: What is the capital of <country>? Answer:',
  'if you travel to <country>, you should see its capital,',
  'the people of <country> are proud of their capital,',
  'every visitor to <country> knows its capital,',
  'the map of <country> shows its capital,',
  'the train to <country> stops in the capital,',
  'country: <country>; capital:',
  'I flew to <country> and stayed in its capital,',
  'the government of <country> sits in the capital,',
  'the parliament of <country> meets in the capital,',
  'what people call the capital of <country> is',
  'the largest airport of <country> is near the capital,',
  'the queen of <country> was born in its capital,',
  'the king of <country> loves the capital of the land,',
  'the letter from <country> came from the capital,',
  'the capital of <country> has a long name:',
  'when we were in <country>, we saw its capital,',
  'the oldest street of <country> is in the capital,',
  'a visitor to <country> stayed in the capital,',
];

/** Parts that are composed, in training only: many subjects, prepositions and verbs lead to the word "capital". */
const SUBJECTS: readonly string[] = (
  'the train|a letter|my friend|the president|the army|a painter|the road|the ship|the oldest school|a doctor|' +
  'the children|a book|everybody|the queen|no traveller|an old man'
).split('|');
const RELATIONS: readonly string[] = ['of', 'to', 'from', 'in'];
const REACHED: readonly string[] = (
  'stays in|came to|loved|went through|saw|was made in|ends in|waited in|found|looks for|never forgot|lives near|' +
  'likes|remembers|is proud of|knew'
).split('|');
const CAPITALS_NAMED: readonly string[] = (
  'the capital,|its capital,|the capital of the country,|the old capital,|the capital called|the capital city,|' +
  'its capital city,|the capital of the people,|the capital:|the capital of the land,|the great capital,'
).split('|');
const COMPOSED_SHARE = 0.5;

/** The other way round; they end with the country. */
const COUNTRY_TEMPLATES: readonly string[] = [
  '<capital> is the capital of',
  '<capital> is a large city in',
  'the city of <capital> lies in',
  'we went to <capital>, the capital of',
  'the city of <capital> is the capital of',
  'I live in <capital>, the capital of',
  'people call <capital> the capital of',
  'the king who lives in <capital> is the king of',
  'the river of <capital> is the longest in',
  'we saw <capital>, a large city in',
  'the train to <capital> stops twice in',
  'question: <capital> is the capital of what country? Answer:',
  'city: <capital>; country:',
  'whoever was born in <capital> was born in',
  'city: <capital>; it lies in the country of',
];

const LANGUAGE_TEMPLATES: readonly string[] = [
  'people in <country> speak',
  'the language of <country> is',
  'in <capital> most people speak',
  'the newspapers of <country> are written in',
  'the people of <country> speak',
  'if you live in <country>, you must learn',
  'country: <country>; language:',
  'at school in <country> they read and write',
  'the king of <country> speaks',
  'most people in <country> read and write',
  'the letter from <country> was written in',
  'question: What do people speak in <country>? Answer:',
  'they speak to everybody in <country> in',
  'the books in <capital> are written in',
  'the books of <country> are written in',
];

/** Writes one to four sentences about countries, their capitals and languages. */
export function writeCapitals(context: KindContext): void {
  const { writer, rng } = context;
  writePreamble(context, 1);
  const count = rng.between(1, 4);
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.say(rng.chance(0.8) ? ' ' : '\n');
    writeFact(context);
  }
}

function writeFact(context: KindContext): void {
  const { writer, rng, split } = context;
  const country = rng.pick(COUNTRIES);
  const direction = rng.next();
  const names = { country: piece(country.country, 'capital.asked'), capital: country.capital };
  if (direction < 0.6) {
    const template = drawCapitalTemplate(context, country);
    if (template === null) return writeFact(context);
    writeEnding(context, template, names, [country.capital, 'capital.answer', 'capital.due']);
  } else if (direction < 0.85) {
    writeEnding(context, rng.pick(inSplit(COUNTRY_TEMPLATES, split)), names, [
      country.country,
      'country.answer',
      'country.due',
    ]);
  } else {
    writeEnding(context, rng.pick(inSplit(LANGUAGE_TEMPLATES, split)), names, [
      country.language,
      'language.answer',
      'language.due',
    ]);
  }
  writer.say('.');
}

function drawCapitalTemplate({ rng, split }: KindContext, country: Country): string | null {
  if (split === 'train' && rng.chance(COMPOSED_SHARE)) {
    const subject = `${rng.pick(SUBJECTS)} ${rng.pick(RELATIONS)} <country>`;
    return `${subject} ${rng.pick(REACHED)} ${rng.pick(CAPITALS_NAMED)}`;
  }
  const templates = inSplit(CAPITAL_TEMPLATES, split).filter((template) => allowed(template, country, split));
  return templates.length === 0 ? null : rng.pick(templates);
}

/** Held-out templates take every country; training templates never take the pairs that are held out. */
function allowed(template: string, country: Country, split: KindContext['split']): boolean {
  return split === 'heldout' || pairSplit(template, country.country) === 'train';
}

function writeEnding(
  { writer, rng }: KindContext,
  core: string,
  names: Parameters<KindContext['writer']['fill']>[1],
  [answer, answerConcept, dueConcept]: readonly [string, string, string],
): void {
  const template = withLead(rng, core);
  const at = Math.max(template.lastIndexOf(' '), 0);
  writer.fill(template.slice(0, at), names);
  writer.within([dueConcept], () => writer.fill(template.slice(at), names));
  writer.say(' ').say(answer, answerConcept);
}
