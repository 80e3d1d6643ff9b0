/**
 * Kinds of tokens that words can name. They are general: signs, shapes of words, and closed classes of English. No class
 * knows the text that a model was trained on; open classes such as first names can only be told by listing examples.
 */
export interface TokenClass {
  readonly id: ClassId;
  /** How it is written; the first is ours, all are read. */
  readonly phrases: readonly string[];
  /** `before` = the text in front of the token, up to a few characters. */
  readonly test: (token: string, before: string) => boolean;
}

/** Name of a class of tokens in code: rules hold it, sentences its phrase. */
export type ClassId = string;

const SPECIAL = new Set([
  '<|endoftext|>',
  '<|begin_of_text|>',
  '<s>',
  '</s>',
  '<bos>',
  '<eos>',
  '[CLS]',
  '[SEP]',
]);

export function isSpecialToken(token: string): boolean {
  return SPECIAL.has(token);
}

const shape = (id: ClassId, phrases: readonly string[], pattern: RegExp): TokenClass => ({
  id,
  phrases,
  test: (token) => pattern.test(token) && !SPECIAL.has(token),
});

const list = (id: ClassId, phrases: readonly string[], words: string): TokenClass => {
  const known = new Set(words.split(' '));
  return { id, phrases, test: (token) => known.has(token.trim().toLowerCase()) };
};

const SIGNS: readonly TokenClass[] = [
  {
    id: 'special',
    phrases: [
      'the start-of-text token',
      'start-of-text token',
      'end-of-text token',
      'special token',
      'bos token',
      'bos',
    ],
    test: (token) => SPECIAL.has(token),
  },
  shape(
    'line-end',
    ['line ends', 'line end', 'line breaks', 'line break', 'newlines', 'newline', 'new lines', 'new line'],
    /\n/,
  ),
  shape('space', ['blanks', 'indentation', 'whitespace', 'spaces', 'space'], /^[ \t]+$/),
  shape('punctuation', ['punctuation', 'punctuation marks', 'symbols'], /^\s*[^\p{L}\p{N}\s]+$/u),
  shape('comma', ['commas', 'comma'], /^\s*,+$/),
  shape(
    'stop',
    [
      'sentence ends',
      'full stops',
      'full stop',
      'periods',
      'period',
      'end of sentences',
      'ends of sentences',
    ],
    /^\s*[.!?]+["')]*$/,
  ),
  shape('question-mark', ['question marks', 'question mark'], /^\s*\?+$/),
  shape('exclamation-mark', ['exclamation marks', 'exclamation mark'], /^\s*!+$/),
  shape('colon', ['colons', 'colon', 'semicolons', 'semicolon'], /^\s*[:;]+$/),
  shape(
    'quote',
    [
      'quotation marks',
      'quotation mark',
      'quote marks',
      'quotes',
      'closing quotation mark',
      'closing quotation marks',
      'opening quotation mark',
      'opening quotation marks',
    ],
    /^\s*[,.!?]?["'“”‘’«»`]+$/,
  ),
  shape(
    'open-bracket',
    [
      'opening brackets',
      'opening bracket',
      'open brackets',
      'opening parentheses',
      'opening parenthesis',
      'opening round bracket',
      'opening square bracket',
      'opening curly bracket',
      'opening angle bracket',
      'left brackets',
    ],
    /^\s*[([{<]+$/,
  ),
  shape(
    'close-bracket',
    [
      'closing brackets',
      'closing bracket',
      'close brackets',
      'closing parentheses',
      'closing parenthesis',
      'closing round bracket',
      'closing square bracket',
      'closing curly bracket',
      'closing angle bracket',
      'right brackets',
    ],
    /^\s*[)\]}>]+[,;.]?$/,
  ),
  shape('bracket', ['brackets', 'bracket', 'parentheses', 'parenthesis'], /^\s*[()[\]{}<>]+$/),
  shape('slash', ['slashes', 'slash', 'backslashes'], /^\s*[/\\]+$/),
  shape('dash', ['dashes', 'dash', 'hyphens', 'hyphen'], /^\s*[-–—]+$/),
  shape(
    'operator',
    ['operators', 'arithmetic signs', 'mathematical operators', 'equals signs', 'equals sign', 'equals'],
    /^\s*[=+*/%-]+$/,
  ),
  shape('currency', ['currency signs', 'currency symbols', 'dollar signs', 'dollar sign'], /^\s*[$€£¥]+$/),
];

const SHAPES: readonly TokenClass[] = [
  shape('digits', ['digits', 'digit', 'numbers', 'number', 'numerals', 'numeric'], /^\s*\d+$/),
  shape(
    'capitalised',
    [
      'capitalised words',
      'capitalized words',
      'capitalised',
      'capitalized',
      'proper nouns',
      'names',
      'name',
      'first names',
      'first name',
      'given names',
      'proper names',
      'names of people',
      'name of a person',
    ],
    /^\s*\p{Lu}\p{Ll}+$/u,
  ),
  shape(
    'upper',
    [
      'words in capitals',
      'uppercase words',
      'upper-case words',
      'all caps',
      'uppercase',
      'upper-case',
      'acronyms',
      'word in capitals',
    ],
    /^\s*\p{Lu}{2,}$/u,
  ),
  shape(
    'capital',
    ['single capital letters', 'single capitals', 'capital letters', 'capitals', 'capital letter'],
    /^\s*\p{Lu}$/u,
  ),
  shape('lower', ['lower-case words', 'lowercase words', 'lowercase', 'lower-case'], /^ \p{Ll}+$/u),
  {
    id: 'piece',
    phrases: ['later parts of words', 'parts of words', 'word pieces', 'word parts', 'subwords', 'suffixes'],
    test: (token, before) => /^\p{L}/u.test(token) && /\p{L}$/u.test(before),
  },
  shape('letter', ['single letters', 'single letter', 'letters'], /^\s*\p{L}$/u),
  shape(
    'accent',
    ['words with accents', 'accented letters', 'accents', 'non-english letters'],
    /[^\x20-\x7e\s]/,
  ),
  shape('mixed', ['letters mixed with digits'], /^\s*(?=\w*\d)(?=\w*[A-Za-z])\w+$/),
];

const LISTS: readonly TokenClass[] = [
  list('article', ['articles', 'article'], 'a an the'),
  list(
    'preposition',
    ['prepositions', 'preposition'],
    'of in to for with on at from by about into over after under between through during before behind near across along around above below beside beyond inside outside onto toward towards upon within without against among',
  ),
  list(
    'conjunction',
    ['conjunctions', 'conjunction'],
    'and or but nor so yet because although while when if than as since unless until whereas',
  ),
  list(
    'pronoun',
    ['pronouns', 'pronoun'],
    'i me my mine myself you your yours yourself he him his himself she her hers herself it its itself we us our ours ourselves they them their theirs themselves',
  ),
  list('female-pronoun', ['female pronouns', 'feminine pronouns', 'female pronoun'], 'she her hers herself'),
  list('male-pronoun', ['male pronouns', 'masculine pronouns', 'male pronoun'], 'he him his himself'),
  list(
    'plural-pronoun',
    ['plural pronouns', 'plural pronoun'],
    'we us our ours they them their theirs themselves ourselves',
  ),
  list(
    'speaker-pronoun',
    [
      'pronouns of speaker and listener',
      'first-person pronouns',
      'second-person pronouns',
      'pronoun of the speaker or listener',
      'pronouns of the speaker or listener',
    ],
    'i me my mine we us our you your yours',
  ),
  list('possessive', ['possessives', 'possessive pronouns', 'possessive'], 'my your his her its our their'),
  list(
    'be',
    ['forms of be', 'forms of to be', 'to be', 'form of be', 'form of to be'],
    'am is are was were be been being',
  ),
  list(
    'auxiliary',
    ['auxiliary verbs', 'auxiliaries', 'modal verbs', 'modals'],
    'can could may might must shall should will would do does did has have had',
  ),
  list(
    'negation',
    ['negations', 'negation', 'negatives'],
    "not no never none nothing nobody neither nor n't don't doesn't didn't isn't wasn't can't",
  ),
  list(
    'question',
    ['question words', 'question word', 'interrogatives'],
    'who whom whose what which when where why how',
  ),
  list('demonstrative', ['demonstratives', 'demonstrative'], 'this that these those'),
  list(
    'quantity',
    ['quantity words', 'quantifiers'],
    'all some any many much few several both each every more most less',
  ),
  list(
    'number-word',
    ['number words', 'number word', 'spelled-out numbers'],
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million',
  ),
  list(
    'ordinal',
    ['ordinals', 'ordinal numbers', 'ordinal'],
    'first second third fourth fifth sixth seventh eighth ninth tenth last',
  ),
  list(
    'weekday',
    ['weekdays', 'weekday', 'days of the week', 'day of the week', 'weekday names'],
    'monday tuesday wednesday thursday friday saturday sunday',
  ),
  list(
    'month',
    ['months', 'month', 'month names', 'name of a month', 'names of months'],
    'january february march april may june july august september october november december',
  ),
  list(
    'colour',
    ['colours', 'colors', 'colour', 'color', 'colour words'],
    'red orange yellow green blue purple violet pink brown black white grey gray golden silver',
  ),
  list(
    'code-word',
    ['words of code', 'code keywords', 'programming keywords', 'keywords'],
    'def return if else elif for while in import class function const let var public static void int float true false null none self try except',
  ),
];

export const TOKEN_CLASSES: readonly TokenClass[] = [...SIGNS, ...SHAPES, ...LISTS];

const BY_ID: ReadonlyMap<ClassId, TokenClass> = new Map(TOKEN_CLASSES.map((each) => [each.id, each]));

export function tokenClass(id: ClassId): TokenClass | undefined {
  return BY_ID.get(id);
}
