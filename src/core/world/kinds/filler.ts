import {
  COLOURED_THINGS,
  COLOURS,
  NUMBER_WORDS,
  OBJECTS,
  PLACES,
  WEEKDAYS,
  ANIMALS,
} from '../lexicon/words.ts';
import type { KindContext } from '../document.ts';

const SENTENCES: readonly string[] = [
  'It was a cold morning and the <place> was quiet.',
  'The <place> was full of people on <day>.',
  'There were <number> <animal>s near the <place>.',
  'A <colour> <object> lay on the table.',
  'The <object> in the corner was <colour>.',
  'Nobody knew why the <place> was closed.',
  'The weather was fine and the sky was <sky>.',
  'All of them liked the old <place>.',
  'It had rained since <day>.',
  'On <day> the <animal> slept in the <place>.',
  'The <colour> door of the <place> was open.',
  'It was late and the lights were on.',
  'Somebody had left a <object> by the window.',
  'The <animal> had a <colour> collar.',
  "At <number> o'clock the <place> opened again.",
];

/** Writes one neutral sentence without people, used to move what follows to later positions. */
export function writeFiller({ writer, rng }: KindContext): void {
  writer.fill(rng.pick(SENTENCES), {
    place: rng.pick(PLACES),
    day: rng.pick(WEEKDAYS),
    number: rng.pick(NUMBER_WORDS.slice(1)),
    animal: rng.pick(ANIMALS.slice(0, 6)),
    colour: rng.pick(COLOURS),
    object: rng.pick(OBJECTS),
    sky: COLOURED_THINGS[0]?.[1] ?? 'blue',
  });
}

/** Writes up to `most` neutral sentences, each followed by a space; often none. */
export function writePreamble(context: KindContext, most: number): void {
  const count = context.rng.chance(0.5) ? 0 : context.rng.between(1, most);
  for (let i = 0; i < count; i++) {
    writeFiller(context);
    context.writer.say(' ');
  }
}
