import { PLAIN_WORDS } from '../lexicon/words.ts';
import { NAMES } from '../lexicon/names.ts';
import type { KindContext } from '../document.ts';
import type { Rng } from '../rng.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const SEPARATORS: readonly string[] = [' ', ' ', ' ', ', ', '\n', ' - '];

/** Writes a random sequence two to four times: only copying predicts the later copies. */
export function writeInduction({ writer, rng }: KindContext): void {
  const draw = rng.pick([words, words, words, nonsense, codes, numbers, names, letters]);
  const items = draw(rng, rng.between(4, 22));
  const separator = rng.pick(SEPARATORS);
  const between = rng.pick([separator, separator, '\n', '. ', ' | ']);
  const copies = rng.between(2, items.length > 12 ? 2 : 4);
  const lead = rng.chance(0.3) ? draw(rng, rng.between(1, 6)) : [];
  if (lead.length > 0) writer.say(lead.join(separator) + separator, 'induction.lead');
  for (let copy = 0; copy < copies; copy++) {
    if (copy > 0) writer.say(between);
    const concepts = copy === 0 ? ['induction.first'] : ['induction.repeat'];
    if (copy > 1) concepts.push('induction.third');
    writer.within(concepts, () => {
      items.forEach((item, index) => writer.say(item + (index < items.length - 1 ? separator : '')));
    });
  }
}

function words(rng: Rng, count: number): string[] {
  return rng.sample(PLAIN_WORDS, count);
}

function names(rng: Rng, count: number): string[] {
  return rng.sample(NAMES, count);
}

function nonsense(rng: Rng, count: number): string[] {
  return Array.from({ length: count }, () => rng.letters(LOWER, rng.between(3, 6)));
}

function codes(rng: Rng, count: number): string[] {
  return Array.from({ length: Math.ceil(count / 3) }, () => rng.letters(UPPER + DIGITS, rng.between(4, 7)));
}

function numbers(rng: Rng, count: number): string[] {
  return Array.from({ length: count }, () => String(rng.between(10, 99)));
}

function letters(rng: Rng, count: number): string[] {
  return Array.from({ length: count }, () => rng.letters(UPPER, 1));
}
