import { FEMALE_NAMES, MALE_NAMES } from '../lexicon/names.ts';
import { ROLES_NOUNS } from '../lexicon/words.ts';
import { inSplit, pickCross } from '../split.ts';
import { writeFiller, writePreamble } from './filler.ts';
import type { KindContext } from '../document.ts';
import type { Rng } from '../rng.ts';

/** `<N>` is the person; `<she> <her> <him> <herself>` the pronouns that must agree. Every fifth is held out. */
export const GENDER_TEMPLATES: readonly string[] = [
  '<N> was a <role>, and <she> loved <her> work.',
  '<N> went home because <she> was tired.',
  'The <role> <N> said that <she> would come back.',
  '<N> opened the door when <she> heard the bell.',
  'Everybody liked <N> because <she> was kind.',
  '<N> forgot <her> keys and <she> had to wait.',
  '<N> hurt <herself> when <she> fell.',
  'When <N> woke up, <she> washed <her> face.',
  'We met <N> at the station and gave <him> a map.',
  "<N> is such a good <role>, isn't <she>?",
  'I asked <N> about <her> family.',
  'After <N> had eaten, <she> went for a walk with <her> friend.',
  '<N> looked at <herself> in the mirror.',
  'The <role> called <N> and told <him> the news.',
  '<N> took <her> coat, and then <she> left.',
  'If <N> is late, <she> will miss <her> train.',
  'The <role> knew <N> well and trusted <him>.',
  '<N> sang while <she> worked as a <role>.',
  'People say that <N> never lost <her> temper.',
  'Although <N> was young, <she> was a famous <role>.',
  '<N> thought that <she> was alone.',
  'Tell <N> that <her> friend is waiting for <him>.',
  'Once <N> had found <her> hat, <she> smiled.',
  '<N> painted the house by <herself>.',
  'They asked <N> to bring <her> book, but <she> said no.',
];

/** Parts that are composed, in training only, so that no single wording carries the agreement. */
const FIRST_CLAUSES: readonly string[] = (
  '<N> stayed at home|<N> was late|<N> ran to the door|we called <N>|the <role> was <N>|nobody saw <N>|<N> laughed|' +
  '<N> wrote a letter|I remember <N>|<N> sat down|<N> became a <role>|<N> bought a hat|<N> closed the window|' +
  'the child followed <N>|<N> waited by the river'
).split('|');
const LINKS: readonly string[] =
  ' because | when | and | while | before | after | so that | although |, and later |, and then |; perhaps |. I think '.split(
    '|',
  );
const SECOND_CLAUSES: readonly string[] = (
  '<she> was hungry|<she> could see the sea|<her> brother came|<she> liked the <role>|everybody looked at <him>|' +
  '<she> wanted to sleep|<her> dog ran away|<she> saw <herself> in the water|the rain surprised <him>|' +
  '<she> had lost <her> ring|<she> knew the way|somebody had called <him>|<she> did it all by <herself>|' +
  '<her> work was done|<she> sold <her> house'
).split('|');
const OWNED: readonly string[] = (
  '<N> lost|<N> sold|<N> opened|<N> washed|<N> kept|<N> broke|we told <N> to take|I begged <N> to sell|' +
  'somebody helped <N> to find|the <role> allowed <N> to use|<N> forgot|<N> never shows|they wanted <N> to bring'
).split('|');
const THINGS: readonly string[] =
  'bag|hat|house|hand|letter|old car|ring|new shoes|picture|name|key|cup'.split('|');
const STATES: readonly string[] =
  'was old|was tired|was busy|lived here|had money|could read|was a <role>|came late|was ill|had no time'.split(
    '|',
  );
const IF_SO: readonly string[] = ['although', 'as', 'because', 'while', 'since', 'if', 'when', 'even if'];
const TAGS: readonly string[] = (
  "<N> is happy, isn't <she>|<N> was the best <role> here, wasn't <she>|<N> is not a <role>, is <she>|" +
  "<N> can sing, can't <she>|<N> has come, hasn't <she>|<N> is a bad <role>, isn't <she>|<N> is clever, isn't <she>"
).split('|');
const COMPOSED_SHARE = 0.7;

const FEMALE = { she: 'she', her: 'her', him: 'her', herself: 'herself' } as const;
const MALE = { she: 'he', her: 'his', him: 'him', herself: 'himself' } as const;

/** Writes one to three sentences about one person each, with agreeing pronouns. */
export function writeGender(context: KindContext): void {
  const { writer, rng } = context;
  writePreamble(context, 2);
  const count = rng.between(1, 3);
  for (let i = 0; i < count; i++) {
    if (i > 0) writer.say(' ');
    writeGenderSentence(context);
  }
  if (rng.chance(0.3)) {
    writer.say(' ');
    writeFiller(context);
  }
}

function writeGenderSentence({ writer, rng, split }: KindContext): void {
  const female = rng.chance(0.5);
  const gender = female ? 'female' : 'male';
  const [name, role] = pickCross(rng, female ? FEMALE_NAMES : MALE_NAMES, ROLES_NOUNS, split);
  const words = female ? FEMALE : MALE;
  const template = drawTemplate({ rng, split });
  let afterName = false;
  for (const part of template.split(/(\S*\s?<\w+>)/).filter((text) => text !== '')) {
    const match = /^(\S*\s?)<(\w+)>$/.exec(part);
    const scope = afterName ? [`gender.after.${gender}`] : [];
    writer.within(scope, () => {
      if (match === null) writer.say(part);
      else if (match[2] === 'N') writer.say(match[1] ?? '').say(name, 'gender.antecedent');
      else if (match[2] === 'role') writer.fill(part, { role });
      else {
        writer.say(match[1] ?? '', 'gender.due', `gender.due.${gender}`);
        writer.say(words[match[2] as keyof typeof words], `gender.pronoun.${gender}`);
      }
    });
    afterName = afterName || match?.[2] === 'N';
  }
}

function drawTemplate({ rng, split }: Pick<KindContext, 'rng' | 'split'>): string {
  if (split === 'heldout' || !rng.chance(COMPOSED_SHARE)) return rng.pick(inSplit(GENDER_TEMPLATES, split));
  const sentence = compose(rng);
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function compose(rng: Rng): string {
  const second = rng.pick(SECOND_CLAUSES);
  switch (rng.below(5)) {
    case 0:
      return `${rng.pick(TAGS)}?`;
    case 1:
      return `${rng.pick(OWNED)} <her> ${rng.pick(THINGS)}${rng.chance(0.5) ? rng.pick(LINKS) + second : ''}.`;
    case 2:
      return `${rng.pick(IF_SO)} <N> ${rng.pick(STATES)}, ${second}.`;
    default:
      return `${rng.pick(FIRST_CLAUSES)}${rng.pick(LINKS)}${second}.`;
  }
}
