import { ANIMALS, COLOURS, OBJECTS } from '../lexicon/words.ts';
import { inSplit, pickPair } from '../split.ts';
import type { KindContext } from '../document.ts';

const ATTRACTORS: readonly string[] = [
  'near the <noun>',
  'behind the <noun>',
  'with the <noun>',
  'on the <noun>',
  'beside the <noun>',
];

/** Writes sentences whose verb agrees in number with a subject that stands before an attractor. */
export function writeAgreement(context: KindContext): void {
  const { writer, rng, split } = context;
  const nouns = [...ANIMALS.slice(0, 14), ...OBJECTS].filter((noun) => !/(x|sh|s|f|sheep|mouse)$/.test(noun));
  const count = rng.between(1, 4);
  for (let i = 0; i < count; i++) {
    const plural = rng.chance(0.5);
    const [subject, other] = pickPair(rng, [...new Set(nouns)], split);
    const number = plural ? 'plural' : 'singular';
    if (i > 0) writer.say(' ');
    writer
      .say(`The `)
      .say(subject + (plural ? 's' : ''), `agreement.subject.${number}`)
      .say(' ');
    const attractor = rng
      .pick(inSplit(ATTRACTORS, split))
      .replace('<noun>', other + (rng.chance(0.5) ? 's' : ''));
    writer.say(attractor, 'agreement.attractor', `agreement.due.${number}`).say(' ');
    writer.say(
      plural ? rng.pick(['are', 'were', 'have been']) : rng.pick(['is', 'was', 'has been']),
      'agreement.verb',
    );
    writer.say(` ${rng.pick(COLOURS)}.`);
  }
}
