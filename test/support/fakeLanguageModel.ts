import { isJsonObject } from '../../src/core/json.ts';
import { plainToken } from '../../src/core/explain/language/tokenText.ts';

/** A message as it comes over the wire. */
export interface WireMessage {
  readonly role: string;
  readonly content: string;
}

/** A reply, and how sure the fake model is of its first token. */
export interface FakeReply {
  readonly text: string;
  /** Alternatives of the first token with their probabilities. */
  readonly first: Readonly<Record<string, number>>;
}

const TOP = 10;
const EXPLAIN_END = /the main thing this (neuron does is find|head does is attend)$/;
const FIND = /the main thing this neuron does is find (.+)/gi;

/**
 * A language model of a few rules, for tests: it explains a neuron by naming its strongest tokens in quotes, simulates
 * by looking for the quoted words of an explanation, and answers the other questions likewise. What it is asked is
 * told from the last message alone.
 */
export function fakeReply(messages: readonly WireMessage[]): FakeReply {
  const last = messages.at(-1)?.content ?? '';
  const asked = messages[0]?.content ?? '';
  if (last.startsWith('{"neuron":')) return plain(simulatedJson(last));
  if (EXPLAIN_END.test(last)) return plain(` ${explanation(last)}.`);
  if (last.includes('Last token in the text:')) return digit(lastTokenLevel(last));
  if (last.endsWith('Answer:')) return digit(answer(last) ? 1 : 0);
  if (asked.includes('YES and a colon')) return plain(sentences(last));
  return asked === '' || last.includes('the digit 1') ? digit(1) : plain('I cannot say.');
}

/** Level of a token by the quoted words of an explanation; without quotes by all its longer words. */
export function fakeLevel(words: string, token: string): number {
  const wanted = namedWords(words);
  const bare = token.trim().toLowerCase();
  if (bare === '') return 0;
  if (wanted.includes(bare)) return TOP;
  return bare.length > 2 && wanted.some((word) => word.includes(bare)) ? TOP / 2 : 0;
}

/** Tokens of a text as this model has them, for the log-probabilities of a prompt: tabs and line ends stand alone. */
export function fakeTokens(text: string): string[] {
  return text.match(/[\t\n]| ?[^\s]+| /g) ?? [];
}

/** Alternatives at every token of a prompt: at a hidden value the level of the token in its line. */
export function fakePromptAlternatives(prompt: string): (Readonly<Record<string, number>> | null)[] {
  const words = lastWords(prompt);
  let line = '';
  return fakeTokens(prompt).map((token, at) => {
    if (at === 0) return null;
    const isValue = token === 'unknown' && line.endsWith('\t');
    const alternatives = isValue
      ? near(fakeLevel(words, plainToken(line.slice(0, -1))))
      : { [token]: 0.9, ' the': 0.1 };
    line = token === '\n' ? '' : line + token;
    return alternatives;
  });
}

function plain(text: string): FakeReply {
  return { text, first: { [text.slice(0, 4)]: 0.9, ' The': 0.1 } };
}

function digit(level: number): FakeReply {
  return { text: String(level), first: near(level) };
}

/** Most of the mass on a level, some beside it and some on what is no level at all. */
function near(level: number): Readonly<Record<string, number>> {
  const beside = level === TOP ? level - 1 : level + 1;
  return { [String(level)]: 0.8, [String(beside)]: 0.1, ' 7': 0.05, the: 0.05 };
}

function namedWords(words: string): string[] {
  const quoted = [...words.matchAll(/["'“]([^"'”]+)["'”]/g)].map(([, word]) =>
    (word ?? '').trim().toLowerCase(),
  );
  if (quoted.length > 0) return quoted;
  return (words.toLowerCase().match(/\p{L}{4,}/gu) ?? []).filter((word) => word !== 'words');
}

function lastWords(text: string): string {
  return [...text.matchAll(FIND)].at(-1)?.[1]?.replace(/\.$/, '') ?? '';
}

function simulatedJson(last: string): string {
  const value: unknown = JSON.parse(last);
  const entries = isJsonObject(value) && Array.isArray(value['activations']) ? value['activations'] : [];
  const words = isJsonObject(value) ? String(value['neuron']) : '';
  const activations = entries.filter(isJsonObject).map((entry) => {
    const token = String(entry['token']);
    return { token, activation: fakeLevel(words, token) };
  });
  return JSON.stringify({ activations });
}

/** The strongest tokens of the subject's records, or the first marked pair. */
function explanation(last: string): string {
  const query = /\*\*(.+?)\*\*/.exec(last)?.[1];
  const key = /\[\[(.+?)\]\]/.exec(last)?.[1];
  if (query !== undefined && key !== undefined)
    return `from "${query.replace(/[[\]]/g, '').trim()}" to "${key.trim()}"`;
  const sums = new Map<string, number>();
  for (const [, token, level] of last.matchAll(/^(.*)\t(\d+)$/gm)) {
    const word = (token ?? '').trim().toLowerCase();
    if (word !== '') sums.set(word, (sums.get(word) ?? 0) + Number(level));
  }
  const strongest = [...sums].sort((a, b) => b[1] - a[1]).slice(0, 3);
  return `the words ${strongest.map(([word]) => `"${word}"`).join(', ')}`;
}

function lastTokenLevel(last: string): number {
  const token = /Last token in the text:\n(.*)\n/.exec(last)?.[1] ?? '';
  return fakeLevel(lastWords(last), plainToken(token));
}

/** Yes when a quoted word stands in the text (or, of marked tokens, between the marks). */
function answer(last: string): boolean {
  const words = namedWords(/(?:find|attend) (.+)\.\n/.exec(last)?.[1] ?? '');
  const text = (/Text:\n([\s\S]*)\n\nAnswer:$/.exec(last)?.[1] ?? '').toLowerCase();
  const marked = [...text.matchAll(/<<(.+?)>>|\*\*(.+?)\*\*/g)].map(([whole]) => whole).join(' ');
  const searched = marked === '' ? text : marked;
  return words.some((word) => searched.includes(word));
}

function sentences(last: string): string {
  const words = namedWords(last);
  const yes = Array.from(
    { length: 5 },
    (_, index) => `YES: The ${words[index % words.length] ?? 'thing'} came ${index} times.`,
  );
  const no = Array.from({ length: 5 }, (_, index) => `NO: Nobody saw it ${index} times.`);
  return [...yes, ...no].join('\n');
}
