import { inSplit, pairSplit } from '../split.ts';
import { writePreamble } from './filler.ts';
import type { KindContext } from '../document.ts';

/** The noun that lasted; every fifth is held out. */
export const YEAR_NOUNS: readonly string[] = (
  'war siege reign journey famine project drought plague treaty search ' +
  'strike trial voyage campaign dynasty experiment contract rebellion study festival'
).split(' ');

/** `<noun>`, then two years whose first two digits are the same. Every fifth is held out. */
export const YEAR_TEMPLATES: readonly string[] = [
  'The <noun> lasted from the year <first> to the year <second>.',
  'The <noun> began in <first> and ended in <second>.',
  'The <noun> went on from <first> to <second>.',
  'From <first> until <second> the <noun> continued.',
  'The <noun> of <first> was over by <second>.',
];

/** Writes one or two spans of years; the second year is always later in the same century. */
export function writeYears(context: KindContext): void {
  writePreamble(context, 2);
  writeYearSpan(context);
  if (context.rng.chance(0.4)) {
    context.writer.say(' ');
    writeYearSpan(context);
  }
}

function writeYearSpan({ writer, rng, split }: KindContext): void {
  const century = String(rng.between(11, 19));
  const [first, second] = drawYears(() => rng.between(2, 98), split);
  const template = rng.chance(0.5) ? inSplit(YEAR_TEMPLATES, 'train')[0] : undefined;
  const parts = (template ?? rng.pick(inSplit(YEAR_TEMPLATES, split))).split(/<(\w+)>/);
  writer.within(['year.range'], () => {
    parts.forEach((part, index) => {
      if (index % 2 === 0) writer.say(part);
      else if (part === 'noun') writer.say(rng.pick(inSplit(YEAR_NOUNS, split)), 'year.event');
      else if (part === 'first') writer.say(century, 'year.century').say(twoDigits(first), 'year.first');
      else writer.say(century, 'year.century', 'year.due').say(twoDigits(second), 'year.second');
    });
  });
}

/** Two different numbers in rising order whose pair belongs to the split. */
function drawYears(draw: () => number, split: KindContext['split']): [number, number] {
  for (;;) {
    const first = draw();
    const second = first + 1 + Math.floor(((99 - first) * draw()) / 99);
    if (second <= 99 && pairSplit(twoDigits(first), `year ${twoDigits(second)}`) === split)
      return [first, second];
  }
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
