import type { ExplainedRecord } from '../parts.ts';
import type { PromptParts } from './fitContext.ts';
import type { HeadShot, PairExcerpt } from './headShots.ts';
import { assistant, system, user, type Message, type Messages } from './messages.ts';
import { lineToken, markedText } from './tokenText.ts';

const SYSTEM = `We study the attention heads of a neural network. A head moves information from earlier tokens of a text \
to later ones, and each head attends between tokens that stand in one particular relation. You see excerpts in which \
a head attends strongly from the token in **double stars** to the token in [[double brackets]], which comes earlier or \
is the same one. Say in a single sentence from which kind of token to which kind of token the head attends. \
Do not list examples of words.`;

/** The strongest pair of each record, strongest first. */
export function strongestPairs(records: readonly ExplainedRecord[], count: number): PairExcerpt[] {
  return records
    .flatMap((record) => strongestPair(record) ?? [])
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
    .map(({ tokens, query, key }) => ({ tokens, query, key }));
}

function strongestPair({ tokens, pairs }: ExplainedRecord): (PairExcerpt & { value: number }) | null {
  let best = { query: -1, key: -1, value: 0 };
  for (let query = 0; query < tokens.length; query++) {
    const row = (query * (query + 1)) / 2;
    for (let key = 0; key <= query; key++) {
      const value = pairs?.[row + key] ?? 0;
      if (value > best.value) best = { query, key, value };
    }
  }
  return best.value > 0 ? { tokens, ...best } : null;
}

/** The excerpt with the query in double stars and the key in double brackets; one token that is both has both. */
export function markedPair({ tokens, query, key }: PairExcerpt): string {
  const marked = tokens.map((token, at) => {
    if (at === query) return markedText([token], query === key ? ['**[[', ']]**'] : ['**', '**']);
    return at === key ? markedText([token], ['[[', ']]']) : lineToken(token);
  });
  return marked.join('');
}

/** Few-shot heads as turns of a conversation, then the subject, whose explanation is asked for. */
export function explainHeadMessages({ shots, records }: PromptParts<HeadShot, PairExcerpt>): Messages {
  const turns = shots.flatMap((shot, index): Message[] => [
    user(headText(index + 1, shot.records)),
    assistant(` ${shot.explanation}.`),
  ]);
  return [system(SYSTEM), ...turns, user(headText(shots.length + 1, records))];
}

function headText(head: number, pairs: readonly PairExcerpt[]): string {
  const excerpts = pairs.map((pair, index) => `${index + 1}. ${markedPair(pair)}`);
  const prefix = `Explanation of attention head ${head} behavior: the main thing this head does is attend`;
  return [`Attention head ${head}`, 'Excerpts:', ...excerpts, '', prefix].join('\n');
}
