import { NUMBER_WORDS, PLAIN_WORDS } from '../lexicon/words.ts';
import { pairSplit } from '../split.ts';
import { writeFiller } from './filler.ts';
import type { KindContext } from '../document.ts';

/** The kinds of brackets and the concept that holds inside each. */
export const BRACKETS = [
  { open: '(', close: ')', id: 'round' },
  { open: '[', close: ']', id: 'square' },
  { open: '{', close: '}', id: 'curly' },
  { open: '<', close: '>', id: 'angle' },
] as const;

type Bracket = (typeof BRACKETS)[number];

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const MOST_DEPTH = 4;

/** Writes nested brackets: calls, bare groups, or asides in a sentence; every bracket is closed. */
export function writeBrackets(context: KindContext): void {
  const { writer, rng } = context;
  const style = rng.next();
  if (style < 0.45) {
    const lines = rng.between(1, 4);
    for (let i = 0; i < lines; i++) {
      if (i > 0) writer.say('\n');
      writer.say(rng.pick(['f', 'g', 'h', 'max', 'print', 'sum', 'x = f', 'y = g', 'return h', 'run']));
      writeGroup(context, BRACKETS[0], 1);
      if (rng.chance(0.3)) writer.say(';');
    }
  } else if (style < 0.75) {
    const groups = rng.between(1, 4);
    for (let i = 0; i < groups; i++) {
      if (i > 0) writer.say(' ');
      writePure(context, 1);
    }
  } else {
    writeAsides(context);
  }
}

/** A group of comma-separated items, some of them groups. */
function writeGroup(context: KindContext, bracket: Bracket, depth: number): void {
  const { writer, rng } = context;
  const items = drawItems(context);
  writeEnclosed(context, bracket, depth, () => {
    items.forEach((item, index) => {
      const due = index === items.length - 1 ? ['bracket.due'] : [];
      if (depth < MOST_DEPTH && rng.chance(0.3)) {
        writer.within([], () => writeGroup(context, rng.pick(BRACKETS.slice(0, 3)), depth + 1));
      } else {
        writer.say(item, ...due);
      }
      if (index < items.length - 1) writer.say(', ');
    });
  });
}

/** Brackets around brackets without items, such as `([{}])`. */
function writePure(context: KindContext, depth: number): void {
  const { rng } = context;
  const children = depth >= 6 ? 0 : rng.pick([0, 1, 1, 2]);
  writeEnclosed(context, rng.pick(BRACKETS), depth, () => {
    for (let i = 0; i < children; i++) writePure(context, depth + 1);
  });
}

function writeAsides(context: KindContext): void {
  const { writer, rng } = context;
  const count = rng.between(1, 3);
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.say(' ');
    writeFiller(context);
    writer.say(' ');
    writeEnclosed(context, rng.pick(BRACKETS.slice(0, 3)), 1, () => {
      writeFiller(context);
      if (rng.chance(0.4)) {
        writer.say(' ');
        writeEnclosed(context, rng.pick(BRACKETS.slice(0, 3)), 2, () =>
          writer.say(rng.pick(PLAIN_WORDS), 'bracket.due'),
        );
      }
    });
  }
}

/** Writes `body` in a bracket and marks the brackets, the inside and the depth. */
export function writeEnclosed(
  { writer }: KindContext,
  bracket: Bracket,
  depth: number,
  body: () => void,
): void {
  writer.say(bracket.open, 'bracket.open', `bracket.open.${bracket.id}`);
  const inside = ['bracket.inside', `bracket.inside.${bracket.id}`];
  if (depth >= 2) inside.push('bracket.nested');
  if (depth >= 3) inside.push('bracket.deep');
  writer.within(inside, body);
  writer.say(bracket.close, 'bracket.close', `bracket.close.${bracket.id}`);
}

/** One to five items whose first two form a pair of the split. */
function drawItems({ rng, split }: KindContext): string[] {
  const draw = rng.pick([
    () => rng.letters(LETTERS, 1),
    () => String(rng.between(0, 99)),
    () => rng.pick(NUMBER_WORDS),
    () => rng.pick(PLAIN_WORDS),
  ]);
  const count = rng.between(1, 5);
  for (;;) {
    const items = Array.from({ length: count }, draw);
    if (pairSplit(`bracket ${items[0] ?? ''}`, items[1] ?? '') === split) return items;
  }
}
