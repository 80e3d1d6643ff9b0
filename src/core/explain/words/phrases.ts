import type { Context, Reach, Strength } from './rule.ts';
import { TOKEN_CLASSES, type ClassId } from './tokenClasses.ts';

/** What a phrase in a sentence means. The first phrase of a meaning is the one that is written. */
export type Meaning =
  | { readonly kind: 'class'; readonly id: ClassId }
  | { readonly kind: 'after'; readonly reach: Reach }
  | { readonly kind: 'before' }
  | { readonly kind: 'context'; readonly context: Context }
  | { readonly kind: 'clause'; readonly strength: Strength }
  /** What follows are the tokens on which it fires. */
  | { readonly kind: 'target' }
  | { readonly kind: 'except' }
  | { readonly kind: 'any' }
  | { readonly kind: 'ending' }
  | { readonly kind: 'beginning' }
  /** Says nothing. */
  | { readonly kind: 'nothing' };

const AFTER: readonly (readonly [Reach, readonly string[]])[] = [
  [
    'next',
    [
      'right after',
      'immediately after',
      'directly after',
      'after',
      'following',
      'follow',
      'follows',
      'preceded by',
      'that follow',
    ],
  ],
  ['second', ['two tokens after', 'two words after']],
  [
    'near',
    [
      'soon after',
      'shortly after',
      'a few tokens after',
      'a few words after',
      'closely after',
      'near',
      'close to',
    ],
  ],
  ['line', ['later in a line with', 'later in the line after', 'in lines with', 'in a line with']],
  [
    'sentence',
    ['later in a sentence with', 'in the same sentence after', 'in sentences with', 'in a sentence with'],
  ],
  [
    'text',
    [
      'later in a text with',
      'later in the text after',
      'in texts with',
      'in text with',
      'in a text with',
      'in text containing',
      'anywhere after',
    ],
  ],
];

const CONTEXTS: readonly (readonly [Context, readonly string[]])[] = [
  [
    { kind: 'inside', what: 'quotes' },
    [
      'inside quotes',
      'inside quotation marks',
      'within quotes',
      'in quotes',
      'within quotation marks',
      'in quotation marks',
      'inside double quotes',
      'inside single quotes',
      'inside a quotation',
      'quoted text',
      'quoted words',
    ],
  ],
  [
    { kind: 'inside', what: 'brackets' },
    [
      'inside brackets',
      'inside parentheses',
      'within brackets',
      'in brackets',
      'within parentheses',
      'in parentheses',
      'inside round brackets',
      'inside square brackets',
      'inside curly brackets',
      'inside two or more brackets',
      'inside nested brackets',
    ],
  ],
  [
    { kind: 'inside', what: 'tags' },
    ['inside tags', 'inside html tags', 'in html tags', 'within tags', 'inside angle brackets'],
  ],
  [
    { kind: 'start', of: 'text' },
    [
      'at the start of the text',
      'at the beginning of the text',
      'start of the text',
      'beginning of the text',
      'start of the document',
      'beginning of the document',
      'first tokens',
      'first token of the text',
      'first token of the document',
      'first tokens of the text',
      'first tokens of the document',
      'first token of a sequence',
    ],
  ],
  [
    { kind: 'start', of: 'line' },
    [
      'at the start of a line',
      'at the beginning of a line',
      'start of a line',
      'start of lines',
      'beginning of a line',
      'beginning of lines',
      'line starts',
    ],
  ],
  [
    { kind: 'start', of: 'sentence' },
    [
      'at the start of a sentence',
      'at the beginning of a sentence',
      'start of a sentence',
      'start of sentences',
      'beginning of a sentence',
      'beginning of sentences',
      'first word of a sentence',
      'sentence starts',
    ],
  ],
  [
    { kind: 'repetition', what: 'repeated' },
    [
      'seen before in the text',
      'that came before in the text',
      'seen before',
      'that appeared before',
      'repeated tokens',
      'repeated words',
      'repetitions',
      'repetition',
      'repeats',
      'repeated',
    ],
  ],
  [
    { kind: 'repetition', what: 'continued' },
    [
      'where an earlier sequence repeats',
      'repeated sequences',
      'repeated sequence',
      'repeating sequences',
      'copies of an earlier sequence',
      'induction',
    ],
  ],
  [
    { kind: 'repetition', what: 'new' },
    [
      'seen for the first time in the text',
      'that are new in the text',
      'first mentions',
      'first mention',
      'for the first time',
      'not seen before',
    ],
  ],
];

const OTHERS: readonly (readonly [Meaning, readonly string[]])[] = [
  [
    { kind: 'target' },
    [
      'fires on',
      'fires for',
      'fires at',
      'fires when',
      'activates on',
      'activates for',
      'activates at',
      'activates when',
      'active on',
      'looks for',
      'responds to',
      'detects',
      'looking for',
      'is find',
    ],
  ],
  [{ kind: 'clause', strength: 10 }, ['strongly on', 'also on', 'and also on', 'as well as on']],
  [
    { kind: 'clause', strength: 6 },
    [
      'less on',
      'less strongly on',
      'moderately on',
      'to a lesser extent on',
      'to a lesser degree on',
      'to a lesser extent',
    ],
  ],
  [{ kind: 'clause', strength: 3 }, ['weakly on', 'slightly on', 'faintly on']],
  [
    { kind: 'except' },
    [
      'but not on',
      'but not',
      'except on',
      'except for',
      'except',
      'not on',
      'excluding',
      'other than',
      'rather than',
      'unlike',
    ],
  ],
  [
    { kind: 'before' },
    [
      'right before',
      'just before',
      'immediately before',
      'directly before',
      'before',
      'preceding',
      'followed by',
      'that precede',
      'leading up to',
    ],
  ],
  [
    { kind: 'any' },
    ['any token', 'every token', 'all tokens', 'any word', 'all words', 'everything', 'anything'],
  ],
  [
    { kind: 'ending' },
    [
      'words ending in',
      'words ending with',
      'ending in',
      'ending with',
      'ends with',
      'end in',
      'end with',
      'the suffix',
    ],
  ],
  [
    { kind: 'beginning' },
    [
      'words starting with',
      'words beginning with',
      'starting with',
      'beginning with',
      'start with',
      'begin with',
      'the prefix',
    ],
  ],
  [
    { kind: 'nothing' },
    [
      'word',
      'words',
      'such as',
      'for example',
      'instances of',
      'mentions of',
      'references to',
      'related to',
      'associated with',
      'the token',
      'the word',
      'the name of',
      'name of',
      'names of',
    ],
  ],
];

/** Every phrase with its meaning. */
export const PHRASES: ReadonlyMap<string, Meaning> = new Map([
  ...OTHERS.flatMap(([meaning, phrases]) => phrases.map((phrase) => [phrase, meaning] as const)),
  ...TOKEN_CLASSES.flatMap(({ id, phrases }) =>
    phrases.map((phrase) => [phrase, { kind: 'class', id } as const] as const),
  ),
  ...AFTER.flatMap(([reach, phrases]) =>
    phrases.map((phrase) => [phrase, { kind: 'after', reach } as const] as const),
  ),
  ...CONTEXTS.flatMap(([context, phrases]) =>
    phrases.map((phrase) => [phrase, { kind: 'context', context } as const] as const),
  ),
]);

export const LONGEST_PHRASE: number = Math.max(
  ...[...PHRASES.keys()].map((phrase) => phrase.split(' ').length),
);

export function afterPhrase(reach: Reach): string {
  return AFTER.find(([each]) => each === reach)?.[1][0] ?? 'after';
}

export function contextPhrase(context: Context): string {
  const key = JSON.stringify(context);
  return CONTEXTS.find(([each]) => JSON.stringify(each) === key)?.[1][0] ?? '';
}

/**
 * Words of free text that name no token: what explanations talk with. Only other words are looked for in the text.
 */
export const TALK: ReadonlySet<string> = new Set(
  `a an and any are about also an and as at be been being but by can certain concerning containing contains content context contexts
  denoting describing description different document documents either especially etc event events expression expressions for form forms
  from general generally has have in indicating indicate involving is it its kind kinds language mainly many mention mentions meaning mostly
  more most neuron neurons of often on one or other others particularly part parts pertaining phrase phrases piece pieces position positions
  possibly presence primarily refer reference references referring refers related relate relating representing sentence sentences similar
  some something specific specifically such term terms text texts that the their there these they thing things this those to token
  tokens topic topics type types typically unit units use used using usually various when where which with within word words
  fires fire activates activate activated activating activation active occurs occurring appears appear appearing occurrence occurrences
  start end latent latents feature features head detects common sometimes rarely named names e.g i.e eg ie first last next previous
  into if then than so not no single multiple whatever comes come coming goes everywhere anywhere always never just
  inside was were will due same what who whose that's`.split(/\s+/),
);
