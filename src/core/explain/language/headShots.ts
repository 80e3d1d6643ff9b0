/** An excerpt with one pair: the head attends from the query to the key (an earlier token, or the same). */
export interface PairExcerpt {
  readonly tokens: readonly string[];
  readonly query: number;
  readonly key: number;
}

/** A made-up attention head that shows a language model what is wanted. */
export interface HeadShot {
  readonly explanation: string;
  readonly records: readonly PairExcerpt[];
}

/** Splits a line at its spaces; a space belongs to the word behind it. */
function excerpt(
  line: string,
  { query, key }: { readonly query: string; readonly key: string },
): PairExcerpt {
  const tokens = line.split('|').flatMap((part) => part.split(/(?= )/));
  return { tokens, query: tokens.lastIndexOf(query), key: tokens.indexOf(key) };
}

/** Heads of our own invention. */
export const HEAD_SHOTS: readonly HeadShot[] = [
  {
    explanation: 'from a closing bracket to the bracket that opened it',
    records: [
      excerpt('The bill| (|paid in cash|) was lost|.', { query: ')', key: ' (' }),
      excerpt('Ten men| [|all old|] sat down|.', { query: ']', key: ' [' }),
    ],
  },
  {
    explanation: 'from a pronoun to the name that it stands for',
    records: [
      excerpt('Nora lost the key because she ran|.', { query: ' she', key: 'Nora' }),
      excerpt('When Omar came home|, his coat was wet|.', { query: ' his', key: ' Omar' }),
    ],
  },
  {
    explanation: 'from a verb to the word right before it',
    records: [
      excerpt('At dusk the birds sang|.', { query: ' sang', key: ' birds' }),
      excerpt('Two carts rolled by|.', { query: ' rolled', key: ' carts' }),
    ],
  },
];
