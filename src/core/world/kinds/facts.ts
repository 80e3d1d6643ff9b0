import { COLOURED_THINGS, OPPOSITES } from '../lexicon/words.ts';
import { inSplit, pairSplit } from '../split.ts';
import { piece } from '../writer.ts';
import { writePreamble } from './filler.ts';
import { withLead } from './leads.ts';
import type { KindContext } from '../document.ts';

const COLOUR_TEMPLATES: readonly string[] = [
  'the colour of <thing> is',
  'everybody knows that <thing> is',
  'when I think of <thing> I see',
  'question: what colour is <thing>? Answer:',
  'the colour that people see in <thing> is',
  'in the picture <thing> was painted',
  'thing: <thing>; colour:',
  'look at <thing>: it is',
  'a child knows that <thing> is always',
  'in every picture the colour of <thing> is',
  'the painter made <thing>',
  'if you ask me what colour <thing> has, I say',
  'nobody has seen <thing> that was not',
  'we painted <thing> and used only',
  'a child looked at <thing> and saw that it was',
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
      .fill(withLead(rng, template), { thing: piece(thing, 'colour.thing'), colour })
      .say(' ')
      .say(colour, 'colour.answer')
      .say('.');
  }
}

const OPPOSITE_TEMPLATES: readonly string[] = [
  'the opposite of <first> is',
  'if it is not <first>, it is',
  'it was not <first> but',
  'first it was <first>, then it was',
  'if the opposite is <first>, then it is',
  'the contrary of <first> is',
  'what is not <first> is',
  'question: what is the opposite of <first>? Answer:',
  'word: <first>; opposite:',
  'what is the contrary of <first>? It is',
  'some are <first>, others are',
  'one day it was <first>, the next day it was',
  'she said <first>, and he said the opposite,',
  'they were never <first>, always',
  'he said <first>; the contrary is',
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
    writer.fill(withLead(rng, rng.pick(inSplit(OPPOSITE_TEMPLATES, split))), {
      first: piece(first, 'opposite.asked'),
    });
    writer.say(' ').say(second, 'opposite.answer').say('.');
  }
}
