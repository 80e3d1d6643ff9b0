import { MONTHS, OBJECTS, PLACES, WEEKDAYS } from '../lexicon/words.ts';
import { NAMES } from '../lexicon/names.ts';
import { inSplit, pickCross } from '../split.ts';
import type { KindContext } from '../document.ts';

const TEMPLATES: readonly string[] = [
  'The meeting is on <date>.',
  'Date: <date>',
  'She was born on <date>.',
  'Please answer before <date>.',
  'The <place> opened on <date> at <time>.',
  'On <date> the <place> was closed.',
  'The train leaves at <time> on <date>.',
  'Invoice of <date>: one <object>, <price>.',
  'It happened on <date>, at <time>.',
  'The <object> costs <price> until <date>.',
];

/** Writes dates in three forms, times and prices. */
export function writeDates(context: KindContext): void {
  const { writer, rng, split } = context;
  const count = rng.between(1, 4);
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.say(rng.pick([' ', '\n']));
    for (const part of rng.pick(inSplit(TEMPLATES, split)).split(/(<\w+>)/)) {
      if (part === '<date>') writer.within(['date'], () => writeDate(context));
      else if (part === '<time>') writer.say(`${two(rng.between(0, 23))}:${two(rng.between(0, 59))}`, 'time');
      else if (part === '<price>') writer.say(`$${rng.between(1, 99)}.${two(rng.between(0, 99))}`, 'price');
      else if (part === '<place>') writer.say(rng.pick(PLACES));
      else if (part === '<object>') writer.say(rng.pick(OBJECTS));
      else writer.say(part);
    }
  }
}

function writeDate({ writer, rng, split }: KindContext): void {
  const [month, dayText] = pickCross(rng, MONTHS, DAYS, split);
  const year = String(rng.between(1900, 2030));
  const form = rng.next();
  if (form < 0.3) {
    const number = two(MONTHS.indexOf(month) + 1);
    writer
      .say(year, 'date.year')
      .say('-')
      .say(number, 'date.month')
      .say('-')
      .say(two(Number(dayText)), 'date.day');
  } else if (form < 0.6) {
    if (rng.chance(0.4)) writer.say(rng.pick(WEEKDAYS)).say(', ');
    writer.say(month, 'date.month').say(' ').say(dayText, 'date.day').say(', ').say(year, 'date.year');
  } else {
    writer.say(dayText, 'date.day').say(' ').say(month, 'date.month').say(' ').say(year, 'date.year');
  }
}

const DAYS: readonly string[] = Array.from({ length: 28 }, (_, index) => String(index + 1));

function two(value: number): string {
  return String(value).padStart(2, '0');
}

const DOMAINS = 'example.com example.org example.net'.split(' ');
const SUBJECTS: readonly string[] = [
  'Your order',
  'Lunch',
  'The report',
  'Our trip',
  'Question',
  'Invoice',
  'Hello',
];

/** Writes the head and first line of an e-mail from one person to another. */
export function writeEmail({ writer, rng, split }: KindContext): void {
  const [from, to] = pickCross(rng, NAMES, NAMES, split);
  const domain = rng.pick(DOMAINS);
  writer
    .say('From', 'email.field')
    .say(': ')
    .say(`${from.toLowerCase()}@${domain}`, 'email.address')
    .say('\n');
  writer.say('To', 'email.field').say(': ').say(`${to.toLowerCase()}@${domain}`, 'email.address').say('\n');
  writer.say('Subject', 'email.field').say(`: ${rng.pick(SUBJECTS)}\n\n`);
  writer.say('Dear ').say(to, 'email.greeted').say(',\n');
  writer.say(
    rng.pick(['Thank you for your letter.', 'I will call you soon.', 'See you on Monday.', 'It is done.']),
  );
  writer.say('\nBest wishes,\n').say(from, 'email.signature');
}
