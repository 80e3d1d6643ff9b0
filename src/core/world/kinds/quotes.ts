import { NAMES } from '../lexicon/names.ts';
import { OBJECTS, PLACES, PLAIN_WORDS } from '../lexicon/words.ts';
import { inSplit, pickCross } from '../split.ts';
import { writeFiller } from './filler.ts';
import type { KindContext } from '../document.ts';

/** What people say; every fifth is held out. */
export const SAYINGS: readonly string[] = [
  'I will wait for you at the <place>',
  'Where is my <object>',
  'The <place> is closed today',
  'Please bring the <object> with you',
  'You should never go to the <place> alone',
  'I have lost my <object>',
  'We must leave now',
  'This <object> is mine',
  'Let us go to the <place>',
  'There is nobody in the <place>',
  'Can you see the <object>',
  'It is too late for that',
  'My brother works in a <place>',
  'Give me the <object> at once',
  'What a fine <object> you have',
];

const SPEECH_VERBS = ['said', 'asked', 'cried', 'answered', 'shouted', 'whispered'] as const;

/** Words that do not look like a contraction after a single quotation mark (`'s`, `'t`, ... are split off by GPT-2). */
const TITLE_WORDS = PLAIN_WORDS.filter((word) => !/^(s|t|d|m|re|ve|ll)/.test(word));

/** Writes quoted speech, titles in single quotes, or a quote within a quote; all quotes close. */
export function writeQuotes(context: KindContext): void {
  const { writer, rng } = context;
  const count = rng.between(1, 4);
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.say(' ');
    rng.pick([writeSpeech, writeSpeech, writeTitle, writeNested])(context);
  }
  if (rng.chance(0.3)) {
    writer.say(' ');
    writeFiller(context);
  }
}

function writeSpeech(context: KindContext): void {
  const { writer, rng } = context;
  const [name, saying] = drawSpeech(context);
  const verb = rng.pick(SPEECH_VERBS);
  if (rng.chance(0.5)) {
    writer.say(name, 'speech.speaker').say(` ${verb}`, 'speech.verb').say(', ');
    quoted(context, 'double', () => sayEnding(context, saying, '.'));
  } else {
    quoted(context, 'double', () => sayEnding(context, saying, ','));
    writer.say(` ${verb}`, 'speech.verb').say(' ').say(name, 'speech.speaker').say('.');
  }
}

function writeTitle(context: KindContext): void {
  const { writer, rng } = context;
  writer.say(
    rng.pick(['The book is called ', 'He sang ', 'They read ', 'The word ', 'The sign says ', 'The song ']),
  );
  const kind = rng.chance(0.5) ? 'single' : 'double';
  quoted(context, kind, () => {
    const words = rng.sample(TITLE_WORDS, rng.between(1, 4));
    if (words.length > 1) writer.say(`${words.slice(0, -1).join(' ')} `);
    writer.say(words[words.length - 1] ?? '', 'quote.due');
  });
  writer.say(rng.pick(['.', ' again.', ' on the wall.']));
}

function writeNested(context: KindContext): void {
  const { writer } = context;
  const [name, saying] = drawSpeech(context);
  quoted(context, 'double', () => {
    writer.say(`${name} told me: `);
    quoted(context, 'single', () => sayEnding(context, saying, '.'), 'quote.nested');
  });
}

/** Writes `body` between two quotation marks and marks the inside and both marks. */
function quoted(
  { writer }: KindContext,
  kind: 'single' | 'double',
  body: () => void,
  ...more: string[]
): void {
  const mark = kind === 'double' ? '"' : "'";
  writer.say(mark, 'quote.open');
  writer.within(['quote.inside', `quote.inside.${kind}`, ...more], body);
  writer.say(mark, 'quote.close');
}

function sayEnding({ writer, rng }: KindContext, saying: string, end: string): void {
  writer.fill(saying, { place: rng.pick(PLACES), object: rng.pick(OBJECTS) });
  writer.say(end === '.' && /^(Where|Can)/.test(saying) ? '?' : end, 'quote.due');
}

function drawSpeech({ rng, split }: KindContext): [string, string] {
  return pickCross(rng, NAMES, inSplit(SAYINGS, split), split);
}
