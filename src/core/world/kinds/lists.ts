import { ANIMALS, COLOURS, FOODS, OBJECTS, PLACES } from '../lexicon/words.ts';
import { NAMES } from '../lexicon/names.ts';
import { pickCross } from '../split.ts';
import type { KindContext } from '../document.ts';

const TITLES: readonly (readonly [string, readonly string[]])[] = [
  ['Shopping list', FOODS],
  ['Animals', ANIMALS],
  ['Colours', COLOURS],
  ['Things to pack', OBJECTS],
  ['Places to see', PLACES],
  ['Guests', NAMES],
];

/** Writes a list: bulleted, numbered, or in a sentence; all items are of one sort. */
export function writeList(context: KindContext): void {
  const { writer, rng, split } = context;
  const [title, words] = rng.pick(TITLES);
  const [first, second] = pickCross(rng, words, words, split);
  const others = rng.sample(words, rng.between(1, 5)).filter((word) => word !== first && word !== second);
  const items = [first, second, ...others];
  const style = rng.pick(['bullet', 'number', 'sentence'] as const);
  writer.say(title, 'list.title').say(style === 'sentence' ? ': ' : ':\n');
  items.forEach((item, index) => {
    if (style === 'sentence') {
      if (index > 0) writer.say(index === items.length - 1 ? ' and ' : ', ');
    } else {
      if (index > 0) writer.say('\n');
      writer.say(style === 'bullet' ? '-' : `${index + 1}.`, 'list.marker').say(' ');
    }
    writer.say(item, 'list.item');
  });
  if (style === 'sentence') writer.say('.');
}

const COLUMNS = 'Name Age City Color Price Size'.split(' ');

/** Writes comma-separated values: a header row and data rows with the same columns. */
export function writeTable({ writer, rng, split }: KindContext): void {
  const columns = rng.sample(COLUMNS, rng.between(2, 4));
  const separator = rng.pick([',', ' | ', '\t']);
  writer.say(columns.join(separator), 'table.header');
  const rows = rng.between(2, 5);
  for (let row = 0; row < rows; row++) {
    const [name, place] = pickCross(rng, NAMES, PLACES, split);
    const values: Readonly<Record<string, string>> = {
      Name: name,
      City: place,
      Color: rng.pick(COLOURS),
      Age: String(rng.between(10, 90)),
      Price: String(rng.between(1, 99)),
      Size: rng.pick(['small', 'large', 'tall', 'short']),
    };
    writer.say('\n').say(columns.map((column) => values[column]).join(separator), 'table.row');
  }
}
