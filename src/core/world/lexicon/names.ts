/** Female first names; each is one token with its leading space in the embedded model's tokenizer. */
export const FEMALE_NAMES: readonly string[] =
  `Mary Anna Emma Sarah Laura Alice Kate Jane Lucy Sophie Julia Maria Susan Linda Karen Nancy Lisa Betty Helen Sandra
Donna Carol Ruth Sharon Michelle Emily Amanda Melissa Rebecca Rachel Amy Angela Diana Olivia Clara Eva Nora Ella
Hannah Chloe Zoe Nina Martha Elena Irene Molly Jenny Katie Lena Tina`.split(/\s+/);

/** Male first names; each is one token with its leading space in the embedded model's tokenizer. */
export const MALE_NAMES: readonly string[] =
  `John James Robert Michael David William Richard Joseph Thomas Charles Daniel Matthew Anthony Steven Paul Andrew
Joshua Kevin Brian George Edward Ronald Timothy Jason Jeffrey Ryan Jacob Gary Nicholas Eric Stephen Jonathan Larry
Justin Scott Brandon Benjamin Samuel Gregory Peter Patrick Simon Oliver Henry Martin Adam Ben Tom Max Jack`.split(
    /\s+/,
  );

/** All first names of the world. */
export const NAMES: readonly string[] = [...FEMALE_NAMES, ...MALE_NAMES];
