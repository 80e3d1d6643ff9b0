const list = (text: string): readonly string[] => text.trim().split(/\s+/);
const phrases = (text: string): readonly string[] => text.trim().split(/\s*,\s*/);

export const COLOURS = list('red blue green yellow black white brown pink purple orange grey silver gold');
export const NUMBER_WORDS = list('one two three four five six seven eight nine ten eleven twelve');
export const ORDINALS = list('first second third fourth fifth sixth seventh eighth ninth tenth');
export const MONTHS = list(
  'January February March April May June July August September October November December',
);
export const WEEKDAYS = list('Monday Tuesday Wednesday Thursday Friday Saturday Sunday');
export const ANIMALS = list(
  'dog cat horse cow sheep goat lion tiger bear wolf fox rabbit mouse bird duck hen frog fish snake elephant monkey',
);
export const FOODS = list(
  'bread cheese butter milk rice soup apple pear cake honey sugar salt pepper onion potato tomato egg fish chicken lemon',
);
export const PLACES = list(
  'store school park station garden library market hospital restaurant office beach church museum hotel kitchen farm',
);
export const ROLES_NOUNS = list(
  'doctor teacher farmer baker driver nurse lawyer pilot singer painter sailor tailor',
);
/** Things one can give, with their article. */
export const GIFTS = phrases(
  `a drink, a book, a letter, a ring, a flower, a present, a ball, a key, a map, a coin, a hat, a card, a cup, a basket,
a picture, an apple, an umbrella, a ticket, a necklace, a computer`,
);
/** Plain objects without article. */
export const OBJECTS = list(
  'box table chair lamp door window clock bottle book letter ring flower ball key map coin hat card cup basket picture',
);
export const PREPOSITIONS = list(
  'of to in for on with at by from into after before under over between through',
);
export const ARTICLES = list('the a an The A An');
export const CONJUNCTIONS = list('and or but And Or But');
export const BE_FORMS = list('is are was were be been am');
export const FEMALE_PRONOUNS = list('she her She Her hers herself');
export const MALE_PRONOUNS = list('he him his He His himself');
export const PLURAL_PRONOUNS = list('they them their They Their we us our We Our');
export const FIRST_SECOND_PRONOUNS = list('I me my you your You My Your');
export const NEGATIONS = list('not no never nothing nobody No Never none');
export const QUESTION_WORDS = list('who what where when why how Who What Where When Why How');
/** Words free of other concepts, for random sequences. */
export const PLAIN_WORDS = list(
  `stone river cloud paper glass wheel bridge candle mirror pencil rope hammer needle feather shadow thunder valley
mountain forest island harbor village castle tower engine carpet blanket pillow button ladder bucket barrel anchor
ticket whistle drum violin piano guitar marble copper iron timber cotton leather velvet pocket corner circle square`,
);
/** Opposites, both ways. */
export const OPPOSITES: readonly (readonly [string, string])[] = phrases(
  `hot cold, big small, fast slow, tall short, light dark, happy sad, open closed, rich poor, hard soft, old young,
wet dry, loud quiet, strong weak, early late, full empty, clean dirty, deep shallow, near far, high low, good bad`,
).map((pair) => {
  const [first = '', second = ''] = pair.split(' ');
  return [first, second] as const;
});
/** Things and the colour they have. */
export const COLOURED_THINGS: readonly (readonly [string, string])[] = phrases(
  `sky blue, grass green, snow white, blood red, coal black, sun yellow, milk white, leaf green, night black, sea blue,
tomato red, lemon yellow, mud brown, pig pink, elephant grey, chocolate brown, banana yellow, frog green, cherry red, crow black`,
).map((pair) => {
  const [thing = '', colour = ''] = pair.split(' ');
  return [thing, colour] as const;
});
