import { COUNTRIES } from '../lexicon/geography.ts';
import { inSplit, pairSplit } from '../split.ts';
import { piece } from '../writer.ts';
import { writePreamble } from './filler.ts';
import type { KindContext } from '../document.ts';
import type { Country } from '../lexicon/geography.ts';

/** Sentences that end with the capital; every fifth is held out. */
export const CAPITAL_TEMPLATES: readonly string[] = [
  'The capital of <country> is',
  'The capital city of <country> is',
  'In <country> the capital is called',
  'The government of <country> sits in',
  'The largest airport of <country> is near',
  'If you travel to <country>, you should see its capital,',
  'I flew to <country> and stayed in',
  'Question: What is the capital of <country>? Answer:',
  'The king of <country> lives in',
  'Every visitor to <country> knows its capital,',
  'Country: <country>; capital:',
  'The people of <country> are proud of their capital,',
  'The train to <country> stops in',
  'The map of <country> shows its capital,',
  'The parliament of <country> meets in',
];

/** Sentences the other way round; they end with the country. */
const COUNTRY_TEMPLATES: readonly string[] = [
  '<capital> is the capital of',
  '<capital> is a large city in',
  'The city of <capital> lies in',
  'We went to <capital>, the capital of',
  'The streets of <capital> are the oldest in',
];

const LANGUAGE_TEMPLATES: readonly string[] = [
  'People in <country> speak',
  'The language of <country> is',
  'In <capital> most people speak',
  'The newspapers of <country> are written in',
  'If you live in <country>, you must learn',
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
    const templates = inSplit(CAPITAL_TEMPLATES, split).filter((template) =>
      allowed(template, country, split),
    );
    if (templates.length === 0) return writeFact(context);
    writeEnding(context, rng.pick(templates), names, [country.capital, 'capital.answer', 'capital.due']);
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

/** Held-out templates take every country; training templates never take the pairs that are held out. */
function allowed(template: string, country: Country, split: KindContext['split']): boolean {
  return split === 'heldout' || pairSplit(template, country.country) === 'train';
}

function writeEnding(
  { writer }: KindContext,
  template: string,
  names: Parameters<KindContext['writer']['fill']>[1],
  [answer, answerConcept, dueConcept]: readonly [string, string, string],
): void {
  const at = Math.max(template.lastIndexOf(' '), 0);
  writer.fill(template.slice(0, at), names);
  writer.within([dueConcept], () => writer.fill(template.slice(at), names));
  writer.say(' ').say(answer, answerConcept);
}
