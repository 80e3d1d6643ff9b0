import { FEMALE_NAMES, NAMES } from '../lexicon/names.ts';
import { ANIMALS, COLOURS, FOODS, OBJECTS } from '../lexicon/words.ts';
import { inSplit, pickPair } from '../split.ts';
import { piece } from '../writer.ts';
import type { KindContext } from '../document.ts';

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
  const female = FEMALE_NAMES.includes(hero);
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
