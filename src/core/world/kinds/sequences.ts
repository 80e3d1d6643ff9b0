import { MONTHS, NUMBER_WORDS, ORDINALS, WEEKDAYS } from '../lexicon/words.ts';
import { pairSplit } from '../split.ts';
import { writePreamble } from './filler.ts';
import type { KindContext } from '../document.ts';
import type { Rng } from '../rng.ts';

const BASES = 'ACGT';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Writes a DNA record: a header line and bases, with a start codon and sometimes a repeated motif. */
export function writeDna({ writer, rng }: KindContext): void {
  writer.say(`>seq${rng.between(1, 99)}`, 'dna.header').say('\n');
  writer.within(['dna'], () => {
    if (rng.chance(0.5)) writer.say('ATG', 'dna.start');
    const motif = rng.letters(BASES, rng.between(5, 9));
    const pieces = rng.between(2, 6);
    for (let i = 0; i < pieces; i++) {
      if (i > 0 && rng.chance(0.4)) writer.say(motif, 'dna.motif');
      writer.say(rng.letters(BASES, rng.between(8, 24)));
    }
  });
}

/** Writes base64 data with a line before it, or a hexadecimal digest. */
export function writeEncoded({ writer, rng }: KindContext): void {
  if (rng.chance(0.65)) {
    writer.say(
      rng.pick(['data:image/png;base64,', 'Content-Transfer-Encoding: base64\n', 'key = ', 'token: ']),
    );
    writer.within(['base64'], () => {
      writer.say(rng.letters(BASE64, 4 * rng.between(6, 20) - 1)).say(rng.pick(['=', '']), 'base64.padding');
    });
  } else {
    writer.say(rng.pick(['sha1: ', 'commit ', 'md5 = ', 'hash: ']));
    writer.say(rng.letters(HEX, 4 * rng.between(6, 10)), 'hex');
  }
}

/** Writes items that follow a known order: numbers, letters, days, months; sometimes from the middle on. */
export function writeCounting(context: KindContext): void {
  const { writer, rng, split } = context;
  writePreamble(context, 1);
  const [items, separator] = drawRun(rng, split);
  writer.within(['count'], () => {
    items.forEach((item, index) => {
      if (index > 0) writer.say(separator);
      writer.say(item, index < 2 ? 'count.start' : 'count.next');
    });
  });
}

/** A run of an ordered list; the pair (first item, separator) belongs to the split. */
function drawRun(rng: Rng, split: KindContext['split']): [string[], string] {
  for (;;) {
    const step = rng.pick([1, 1, 1, 2, 5, 10]);
    const numbers = Array.from({ length: 99 }, (_, index) => String((index + 1) * step)).filter(
      (text) => text.length < 3,
    );
    const order = rng.pick([numbers, numbers, WEEKDAYS, MONTHS, NUMBER_WORDS, ORDINALS, [...ALPHABET]]);
    const start = rng.below(Math.max(order.length - 4, 1));
    const items = order.slice(start, start + rng.between(4, 10));
    const separator = rng.pick([', ', ' ', '\n', ' and then ']);
    if (pairSplit(`run ${items[0] ?? ''}`, separator) === split) return [items, separator];
  }
}

/** Writes sums and differences of small numbers that are right. */
export function writeArithmetic({ writer, rng, split }: KindContext): void {
  const count = rng.between(2, 6);
  for (let i = 0; i < count; i++) {
    let first = rng.between(0, 20);
    let second = rng.between(0, 20);
    while (pairSplit(`sum ${first}`, String(second)) !== split) {
      first = rng.between(0, 20);
      second = rng.between(0, 20);
    }
    const plus = first < second || rng.chance(0.6);
    if (i > 0) writer.say('\n');
    writer.say(`${first} ${plus ? '+' : '-'} ${second}`).say(' =', 'sum.due');
    writer.say(' ').say(String(plus ? first + second : first - second), 'sum.answer');
  }
}
