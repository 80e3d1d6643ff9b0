import { NAMES } from '../lexicon/names.ts';
import { COLOURS, PLACES, PLAIN_WORDS } from '../lexicon/words.ts';
import { pickCross } from '../split.ts';
import { writeFiller } from './filler.ts';
import type { KindContext } from '../document.ts';

const TAGS = 'div p span h1 ul li table body head title section form button a b'.split(' ');
const KEYS = 'name city age color size id active price count tags owner email level'.split(' ');

/** Writes a small HTML fragment in which every tag is closed by its own name. */
export function writeHtml(context: KindContext): void {
  writeElement(context, 1);
}

function writeElement(context: KindContext, depth: number): void {
  const { writer, rng, split } = context;
  const [tag, word] = pickCross(rng, TAGS, PLAIN_WORDS, split);
  writer.say('<').say(tag, 'html.open').say('>');
  const children = depth >= 3 ? 0 : rng.pick([0, 1, 1, 2]);
  if (children === 0) {
    if (rng.chance(0.5)) writer.say(word, 'html.text');
    else writer.within(['html.text'], () => writeFiller(context));
  } else {
    for (let i = 0; i < children; i++) {
      writer.say(`\n${'  '.repeat(depth)}`);
      writeElement(context, depth + 1);
    }
    writer.say(`\n${'  '.repeat(depth - 1)}`);
  }
  writer.say('</', 'html.close.due').say(tag, 'html.close').say('>');
}

/** Writes a JSON object, sometimes nested, with string, number and array values. */
export function writeJson(context: KindContext): void {
  writeObject(context, 1);
}

function writeObject(context: KindContext, depth: number): void {
  const { writer, rng, split } = context;
  const keys = rng.sample(KEYS, rng.between(2, 4));
  const compact = rng.chance(0.4);
  const gap = compact ? ' ' : `\n${'  '.repeat(depth)}`;
  writer.say('{', 'bracket.open', 'bracket.open.curly');
  writer.within(['bracket.inside', 'bracket.inside.curly'], () => {
    keys.forEach((key, index) => {
      writer.say(compact && index === 0 ? '' : gap);
      writer
        .say('"', 'quote.open')
        .say(key, 'json.key', 'quote.inside', 'quote.inside.double')
        .say('"', 'quote.close');
      writer.say(': ', 'json.colon');
      const value = rng.next();
      if (value < 0.5) {
        const [name, place] = pickCross(rng, NAMES, [...PLACES, ...COLOURS], split);
        writer.say('"', 'quote.open');
        writer.say(
          key === 'name' || key === 'owner' ? name : place,
          'json.string',
          'quote.inside',
          'quote.inside.double',
        );
        writer.say('"', 'quote.close');
      } else if (value < 0.75) writer.say(String(rng.between(0, 999)), 'json.number');
      else if (value < 0.85 && depth < 3) writeObject(context, depth + 1);
      else writer.say(rng.pick(['true', 'false', 'null', '[1, 2, 3]', '[]']), 'json.literal');
      if (index < keys.length - 1) writer.say(',');
    });
    if (!compact) writer.say(`\n${'  '.repeat(depth - 1)}`);
  });
  writer.say('}', 'bracket.close', 'bracket.close.curly');
}
