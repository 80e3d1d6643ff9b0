import { GIFTS, PLACES } from '../lexicon/words.ts';
import { NAMES } from '../lexicon/names.ts';
import { inSplit, pickPair } from '../split.ts';
import { piece } from '../writer.ts';
import { writeFiller, writePreamble } from './filler.ts';
import type { KindContext } from '../document.ts';
import type { Rng } from '../rng.ts';

/** Openings that name both people. `<A>` comes before `<B>`; every fifth is held out. */
export const IOI_OPENINGS: readonly string[] = [
  'When <A> and <B> went to the <place>, ',
  'After <A> and <B> went to the <place>, ',
  'While <A> and <B> were working at the <place>, ',
  'Then, <A> and <B> went to the <place>. ',
  'Because <A> and <B> were at the <place>, ',
  'Then, <A> and <B> had a long talk at the <place>. ',
  '<A> and <B> met at the <place>. ',
  '<A> and <B> were good friends. ',
  'After the meeting, <A> and <B> walked to the <place>, and ',
  'As soon as <A> and <B> came to the <place>, ',
  'Yesterday <A> saw <B> at the <place>. ',
  '<A> lived next door to <B>. ',
  'One day <A> and <B> found a small house near the <place>. ',
  'Friends <A> and <B> sat in the <place>, and ',
  'Once <A> and <B> had finished their lunch at the <place>, ',
  'Since <A> and <B> had the same birthday, ',
  'When <A> got a place beside <B> at the <place>, ',
  'Today <A> and <B> were alone in the <place>. ',
  'The teacher told <A> and <B> to wait in the <place>, so ',
  'On the way to the <place> <A> ran into <B>, and ',
  'In the <place>, <A> stood behind <B>. ',
  'Before <A> and <B> left the <place>, ',
  'When <A> came home, <B> was there. ',
  'Nobody was happier than <A> and <B> that day at the <place>. ',
  'It was already dark when <A> and <B> reached the <place>, and ',
  'There was a party for <A> and <B> at the <place>. ',
  'The two winners were <A> and <B>. ',
  'For years <A> had worked with <B> at the <place>. ',
  'While <A> was talking to <B>, the rain stopped. ',
  'During the break <A> and <B> stayed in the <place>. ',
  'Last week <A> visited <B>. ',
  'As <A> and <B> had nothing to do at the <place>, ',
  'The <place> belonged to <A> and <B>. ',
  'Long after <A> and <B> had moved to the <place>, ',
  'Each summer <A> and <B> travelled to the <place>, and ',
  'Because <A> was the oldest friend of <B>, they shared it all. ',
  'At the <place>, <A> and <B> were having fun. ',
  'If <A> and <B> were bored at the <place>, ',
  'First <A> arrived, then <B> arrived. ',
  'Only <A> and <B> knew the way to the <place>. ',
];

/** What the subject `<S>` then does; the sentence ends with the indirect object. Every fifth is held out. */
export const IOI_ACTIONS: readonly string[] = [
  '<S> gave <gift> to <IO>',
  '<S> handed <gift> to <IO>',
  '<S> decided to give <gift> to <IO>',
  '<S> sent <gift> to <IO>',
  '<S> offered <gift> to <IO>',
  '<S> showed <gift> to <IO>',
  '<S> passed <gift> to <IO>',
  '<S> wanted to sell <gift> to <IO>',
  '<S> said hello to <IO>',
  '<S> brought <gift> to <IO>',
  '<S> bought <gift> for <IO>',
  '<S> told a story to <IO>',
  '<S> threw <gift> to <IO>',
  '<S> made a promise to <IO>',
  '<S> quickly returned <gift> to <IO>',
  '<S> whispered something to <IO>',
  '<S> played a trick on <IO>',
  '<S> had a surprise for <IO>',
  '<S> took <gift> out of the bag and gave it to <IO>',
  '<S> was very kind to <IO>',
];

/** Parts of the openings that are composed, in training only, so that no position or neighbour gives the names away. */
const LEADS: readonly string[] = (
  '|Later |In the morning |One day |As it was late, |Last year |It was warm when |I heard that |By chance |At noon |' +
  'They say that |Some time ago |In spring |It is known that |A week ago |Every winter |That evening at the <place> |' +
  'On a walk to the <place> |During the lesson |Near the <place> |From the <place> |Some say '
).split('|');
const TOGETHER: readonly string[] = (
  'came home|were tired|had lunch|sat in the <place>|left the <place>|went for a walk|were late|drove to the <place>|' +
  'wrote a book|lived in the <place>|danced|stood by the door|cleaned the <place>|waited in the rain|had a plan|' +
  'found the road to the <place>|ran to the <place>|slept|had seen the <place>|had eaten their supper'
).split('|');
const BEFORE_BOTH: readonly string[] = ['', '', '', 'both ', 'just ', 'my friends '];
const VERBS: readonly string[] = (
  'saw|helped|called|followed|stood near|sat beside|talked with|worked with|waited for|knew|liked|looked for|' +
  'trusted|visited|found|bumped into|came upon|argued with|laughed at|thought of'
).split('|');
const TAILS: readonly string[] = [
  '',
  ' at the <place>',
  ' in the rain',
  ' again',
  ' for a long time',
  ' near the <place>',
];
const LINKS: readonly string[] = [
  '. ',
  ', and ',
  ', so ',
  '. Then ',
  '. Later, ',
  '. After that, ',
  ', but ',
  '. At last ',
];

/** Parts of the actions that are composed, in training only: any word may stand before the receiver's preposition. */
const MANNERS: readonly string[] = [
  '',
  '',
  '',
  'slowly ',
  'gladly ',
  'often ',
  'soon ',
  'secretly ',
  'at last ',
];
const GAVE: readonly string[] =
  'carried|lent|mailed|sold|described|read|gave back|handed over|pushed|promised|explained|fetched and gave'.split(
    '|',
  );
const INTENDED: readonly string[] =
  'wanted to|tried to|had to|promised to|forgot to|went home to|was asked to|hoped to'.split('|');
const GIVE: readonly string[] = 'give|lend|carry|show|send|hand|sell|mail'.split('|');
const DID_TO: readonly string[] = (
  'talked|spoke|listened|waved|ran|walked|pointed|bowed|smiled|belonged|wrote a letter|sang a song|said goodbye|' +
  'was always good|was cruel|was so polite|was close|was married|was unkind|was important|was grateful'
).split('|');
const DID_FOR: readonly string[] =
  'made <gift>|cooked dinner|found <gift>|painted <gift>|built a house|kept <gift>|waited|worked|cared|paid'.split(
    '|',
  );

const ENDINGS: readonly string[] = [
  '.',
  '.',
  '.',
  ' and smiled.',
  ' and went home.',
  ', who was very happy.',
];

/** One indirect-object case: who is named first, who acts, who receives. */
export interface IoiCase {
  readonly opening: string;
  readonly action: string;
  readonly subject: string;
  readonly indirectObject: string;
  /** `ABB`: the indirect object is named first; `BAB`: the subject is. */
  readonly order: 'ABB' | 'BAB';
}

/** Draws a case. In `heldout` the opening, the action and the pair of names never occur in training. */
export function drawIoiCase({ rng, split }: Pick<KindContext, 'rng' | 'split'>): IoiCase {
  const [subject, indirectObject] = pickPair(rng, NAMES, split);
  return {
    opening:
      split === 'train' && rng.chance(0.5) ? composeOpening(rng) : rng.pick(inSplit(IOI_OPENINGS, split)),
    action: split === 'train' && rng.chance(0.5) ? composeAction(rng) : rng.pick(inSplit(IOI_ACTIONS, split)),
    subject,
    indirectObject,
    order: rng.chance(0.5) ? 'ABB' : 'BAB',
  };
}

/** Writes one to three indirect-object sentences, often after neutral ones. */
export function writeIoi(context: KindContext): void {
  const { writer, rng } = context;
  writePreamble(context, 3);
  const count = rng.pick([1, 1, 1, 2, 2, 3]);
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      writer.say(' ');
      if (rng.chance(0.3)) writePreamble(context, 2);
    }
    writeIoiSentence(context, drawIoiCase(context));
  }
  if (rng.chance(0.3)) {
    writer.say(' ');
    writeFiller(context);
  }
}

/** Writes the sentence of a case up to and including its full stop. */
export function writeIoiSentence({ writer, rng }: KindContext, ioi: IoiCase): void {
  const subject = piece(ioi.subject, 'ioi.subject.first');
  const indirectObject = piece(ioi.indirectObject, 'ioi.object.first');
  const [A, B] = ioi.order === 'ABB' ? [indirectObject, subject] : [subject, indirectObject];
  const action = splitLastWord(ioi.action.replace(' <IO>', ''));
  writer.within(['ioi.sentence'], () => {
    writer.fill(ioi.opening, { A, B, place: rng.pick(PLACES) });
    writer.within(['ioi.action'], () => {
      writer.fill(action.before, { S: piece(ioi.subject, 'ioi.subject.second'), gift: rng.pick(GIFTS) });
      writer.say(action.last, 'ioi.due');
      writer.say(' ').say(ioi.indirectObject, 'ioi.object.second');
    });
    writer.say(rng.pick(ENDINGS));
  });
}

function composeOpening(rng: Rng): string {
  const together = rng.chance(0.5);
  const people = together
    ? `${rng.pick(BEFORE_BOTH)}<A> and <B> ${rng.pick(TOGETHER)}`
    : `<A> ${rng.pick(VERBS)} <B>${rng.pick(TAILS)}`;
  return `${rng.pick(LEADS)}${people}${rng.pick(LINKS)}`;
}

function composeAction(rng: Rng): string {
  const manner = rng.pick(MANNERS);
  switch (rng.below(4)) {
    case 0:
      return `<S> ${manner}${rng.pick(GAVE)} <gift> to <IO>`;
    case 1:
      return `<S> ${rng.pick(INTENDED)} ${manner}${rng.pick(GIVE)} <gift> to <IO>`;
    case 2:
      return `<S> ${manner}${rng.pick(DID_TO)} to <IO>`;
    default:
      return `<S> ${manner}${rng.pick(DID_FOR)} for <IO>`;
  }
}

function splitLastWord(text: string): { before: string; last: string } {
  const at = text.lastIndexOf(' ');
  return { before: text.slice(0, at), last: text.slice(at) };
}
