/** Longest explanation that is kept; a reply that runs on is cut at a word. */
const MAX_LENGTH = 300;
const THOUGHTS = /<think>[\s\S]*?(?:<\/think>|$)/gi;
/** What models put before the words although they were asked to go on from there. */
const PREFIXES = [
  /^(?:explanation(?: of (?:neuron|attention head) \d+ behaviou?r)?|answer|sentence) *: */i,
  /^the main thing (?:this|that this|the) (?:neuron|attention head|head|unit) does is (?:to )?(?:find|attend|look for)s? */i,
  /^(?:this|the) (?:neuron|attention head|head|unit) (?:looks for|fires on|activates (?:for|on)|finds|attends|responds to) */i,
];
const MARKUP = /^(?:[-*#>•]+|\d+[.)]) +|[*_`]{2,}/g;
const QUOTES: Readonly<Record<string, string>> = { '"': '"', '“': '”', '«': '»' };
const ABBREVIATIONS = /(?:\b(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Ms|Dr|St|No)|\b\p{Lu})\.$/u;
const SENTENCE_END = /[.!?](?=["'”’)]*(?:\s+["'“‘(]?\p{Lu}|\s*$))/gu;

/** The first sentence of a reply: no prefix, markup, quotes around it or full stop; '' when nothing is left. */
export function oneSentence(reply: string): string {
  const text = reply.replace(THOUGHTS, '').trim();
  const line = (text.split(/\n/).find((each) => each.trim() !== '') ?? '').replace(/\s+/g, ' ').trim();
  const bare = PREFIXES.reduce((rest, prefix) => rest.replace(prefix, ''), line.replace(MARKUP, ''));
  const sentence = firstSentence(unquoted(bare)).replace(/[.\s]+$/, '');
  return shortened(unquoted(sentence));
}

/** Sentences without repeats, those that were said most often first. */
export function distinctSentences(replies: readonly string[]): string[] {
  const counts = new Map<string, { readonly words: string; count: number }>();
  for (const words of replies.map(oneSentence)) {
    if (words === '') continue;
    const key = words.toLowerCase();
    const entry = counts.get(key) ?? { words, count: 0 };
    counts.set(key, { ...entry, count: entry.count + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).map(({ words }) => words);
}

function firstSentence(text: string): string {
  for (const { index } of text.matchAll(SENTENCE_END)) {
    const head = text.slice(0, index + 1);
    if (!ABBREVIATIONS.test(head)) return head;
  }
  return text;
}

function unquoted(text: string): string {
  const close = QUOTES[text[0] ?? ''];
  const wrapped = close !== undefined && text.length > 1 && text.indexOf(close, 1) === text.length - 1;
  return wrapped ? text.slice(1, -1).trim() : text;
}

function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  const cut = text.slice(0, MAX_LENGTH);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 1))} …`;
}
