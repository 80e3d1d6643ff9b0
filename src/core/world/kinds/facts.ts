import { COLOURED_THINGS, OPPOSITES } from '../lexicon/words.ts';
import { inSplit, pairSplit } from '../split.ts';
import { piece } from '../writer.ts';
import { writePreamble } from './filler.ts';
import type { KindContext } from '../document.ts';

const COLOUR_TEMPLATES: readonly string[] = [
  'The colour of <thing> is',
  'As everybody knows, <thing> is',
  'When I think of <thing> I see',
  'It was as <colour> as <thing>. What else is like <thing>? All that is',
  'Question: what colour is <thing>? Answer:',
];

/** Writes which colour things have. */
export function writeColourFacts(context: KindContext): void {
  const { writer, rng, split } = context;
  const count = rng.between(1, 4);
  for (let i = 0; i < count; i++) {
    const [thing, colour] = rng.pick(COLOURED_THINGS);
    const templates = inSplit(COLOUR_TEMPLATES, split).filter(
      (text) => split === 'heldout' || pairSplit(text, thing) === split,
    );
    const template = templates[rng.below(templates.length)] ?? COLOUR_TEMPLATES[0] ?? '';
    if (i > 0) writer.say(' ');
    writer
      .fill(template, { thing: piece(thing, 'colour.thing'), colour })
      .say(' ')
      .say(colour, 'colour.answer')
      .say('.');
  }
}

const OPPOSITE_TEMPLATES: readonly string[] = [
  'The opposite of <first> is',
  'If it is not <first>, it is',
  'Not <first> but',
  'First it was <first>, then it was',
  'The word <first> means the contrary of',
];

/** Writes pairs of opposites, in both directions. */
export function writeOpposites(context: KindContext): void {
  const { writer, rng, split } = context;
  writePreamble(context, 1);
  const count = rng.between(1, 4);
  for (let i = 0; i < count; i++) {
    const pair = rng.pick(OPPOSITES);
    const [first, second] = rng.chance(0.5) ? pair : ([pair[1], pair[0]] as const);
    if (i > 0) writer.say(' ');
    writer.fill(rng.pick(inSplit(OPPOSITE_TEMPLATES, split)), { first: piece(first, 'opposite.asked') });
    writer.say(' ').say(second, 'opposite.answer').say('.');
  }
}
