/** A made-up neuron that shows a language model what is wanted. */
export interface FewShot {
  readonly explanation: string;
  readonly records: readonly FewShotRecord[];
}

/** A text of a made-up neuron, with a level 0..10 for each token. */
export interface FewShotRecord {
  readonly tokens: readonly string[];
  readonly levels: readonly number[];
  /** A simulator's prompt hides the levels before this token. */
  readonly firstRevealed: number;
}

/** A token of a few-shot record to ask about alone. */
export interface FewShotToken {
  readonly shot: number;
  readonly record: number;
  readonly token: number;
}

/** Splits a line at its spaces and bars; a space belongs to the word behind it. Levels of tokens not named are 0. */
function record(
  line: string,
  levels: Readonly<Record<string, number>>,
  firstRevealed: number,
): FewShotRecord {
  const tokens = line.split('|').flatMap((part) => part.split(/(?= )/));
  return { tokens, levels: tokens.map((token) => levels[token.trim()] ?? 0), firstRevealed };
}

/** Neurons of our own invention: a meaning, a closed class of words, and a context that one token does not give away. */
export const FEW_SHOTS: readonly FewShot[] = [
  {
    explanation: 'words for storms, rain and other rough weather',
    records: [
      record(
        'The storm broke at noon|; hail and sleet drum|med on tin|.',
        { storm: 9, hail: 10, sleet: 8, drum: 1 },
        6,
      ),
      record('We sailed under a clear sky until the gale came|.', { clear: 2, sky: 1, gale: 10, came: 1 }, 4),
    ],
  },
  {
    explanation: "negations such as 'not', 'never' and 'nobody'",
    records: [
      record("She did|n't ask|, and nobody ever told her|.", { "n't": 10, nobody: 8, ever: 1 }, 4),
      record('It is not far|, but never near|.', { not: 9, never: 10 }, 3),
    ],
  },
  {
    explanation: 'a unit of measurement directly after a number',
    records: [
      record('Add 2 cups of flour|, then walk 3 miles|.', { cups: 10, miles: 9 }, 5),
      record('Her old cup|s stood on a shelf 40 inches wide|.', { inches: 10 }, 5),
    ],
  },
];

/** One token of each neuron: the strongest, a weak one, and one that does not fire in its context. */
export const FEW_SHOT_TOKENS: readonly FewShotToken[] = [
  { shot: 0, record: 0, token: 6 },
  { shot: 1, record: 0, token: 7 },
  { shot: 2, record: 1, token: 2 },
];
