import { ANIMALS, COLOURED_THINGS, COLOURS, FOODS, OBJECTS, OPPOSITES } from '../lexicon/words.ts';
import { FEMALE_NAMES, MALE_NAMES, NAMES } from '../lexicon/names.ts';
import { inSplit, pairSplit, pickPair } from '../split.ts';
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

const STORY_OPENINGS: readonly string[] = [
  'Once upon a time there was a <animal> called <N>.',
  'There once was a small <animal> whose name was <N>.',
  '<N> was a <colour> <animal> who lived in a forest.',
  'Long ago, a <animal> named <N> lived by the sea.',
  'In a far land lived <N>, the <colour> <animal>.',
];

const STORY_MIDDLES: readonly string[] = [
  'Every day <she> looked for <food>.',
  'One morning <she> met <M> and they became friends.',
  '<M> said that <food> was good, so <N> ate it.',
  '<N> was afraid of <M>, but <she> did not run.',
  'Then <N> lost <her> <object> and cried.',
  '<M> found the <object> and gave it to <N>.',
  '<N> thanked <M> for the <object>.',
  'The <animal> slept while <M> kept watch.',
  'When the rain came, <N> hid under a tree with <M>.',
  'At noon <M> brought <food> to <N>.',
];

const STORY_ENDS: readonly string[] = [
  'They lived happily ever after.',
  'And that was the end of it.',
  'From that day on, <N> and <M> were friends.',
  'In the evening <N> went home.',
  'And so they all lived in peace.',
];

/** Writes a short animal story with two characters and a closing formula. */
export function writeStory({ writer, rng, split }: KindContext): void {
  const [hero, friend] = pickPair(rng, NAMES, split);
  const female = FEMALE_NAMES.includes(hero) || !MALE_NAMES.includes(hero);
  const gender = female ? 'female' : 'male';
  const slots = {
    animal: rng.pick(ANIMALS),
    colour: rng.pick(COLOURS),
    food: rng.pick(FOODS),
    object: rng.pick(OBJECTS),
    N: piece(hero, 'story.hero'),
    M: piece(friend, 'story.friend'),
    she: piece(female ? 'she' : 'he', `gender.pronoun.${gender}`),
    her: piece(female ? 'her' : 'his', `gender.pronoun.${gender}`),
  };
  writer.within(['story.opening'], () => writer.fill(rng.pick(inSplit(STORY_OPENINGS, split)), slots));
  for (const middle of rng.sample(inSplit(STORY_MIDDLES, split), rng.between(1, 4)))
    writer.say(' ').fill(middle, slots);
  writer.say(' ').within(['story.ending'], () => writer.fill(rng.pick(inSplit(STORY_ENDS, split)), slots));
}

const LINES: readonly string[] = [
  'How are you?',
  'I am fine, thank you.',
  'Did you see the <animal>?',
  'No, I was at home.',
  'What is your favourite colour?',
  'I like <colour> best.',
  'Do you want some <food>?',
  'Yes, please.',
  'I must go now.',
  'See you tomorrow.',
];

/** Writes a dialogue of two speakers who take turns, each line headed by the speaker's name. */
export function writeDialogue({ writer, rng, split }: KindContext): void {
  const [first, second] = pickPair(rng, NAMES, split);
  const turns = rng.between(3, 7);
  for (let i = 0; i < turns; i++) {
    if (i > 0) writer.say('\n', 'dialogue.turn.due');
    writer.say(i % 2 === 0 ? first : second, 'dialogue.speaker').say(': ');
    const line = { animal: rng.pick(ANIMALS), colour: rng.pick(COLOURS), food: rng.pick(FOODS) };
    writer.within(['dialogue.line'], () => writer.fill(rng.pick(inSplit(LINES, split)), line));
  }
}
