/** How a key's value is written. `texts` is one text or a list; `edits` is a list of edits. */
export type ValueKind = 'text' | 'texts' | 'integer' | 'bos' | 'scalar' | 'position' | 'edits';

/** What is known of one key of the front matter. */
export interface KeySpec {
  readonly kind: ValueKind;
  /** One sentence, for hover, completion and the JSON schema. */
  readonly doc: string;
  /** As it would be written after the colon. */
  readonly example: string;
}

/** Every key of the front matter: the only source of types, documentation, schema and completion. */
export const KEYS = {
  model: {
    kind: 'text',
    doc: 'Model that runs this prompt: a name (`underglass-tiny`, or one that was added, such as `gpt2-small`) or a folder, relative to this file.',
    example: 'gpt2-small',
  },
  sae: {
    kind: 'texts',
    doc: "Sparse autoencoders to attach: the id of one that lies with the model (`6-res-jb`), a folder, or a list of them; without it the model's own that are attached.",
    example: '[6-res-jb, 8-res-jb]',
  },
  bos: {
    kind: 'bos',
    doc: "Whether `<|endoftext|>` is put before the prompt: `auto` follows the model's card.",
    example: 'auto',
  },
  target: {
    kind: 'texts',
    doc: 'Expected next token, or a list of them, with its leading space: `" Mary"`.',
    example: '" Mary"',
  },
  distractor: {
    kind: 'texts',
    doc: 'Token, or a list of them, that the target is compared with.',
    example: '" John"',
  },
  position: {
    kind: 'position',
    doc: 'Where the prediction is read: `last` (default), `7`, `3..7`, `*`, or `\'@" John"#2\'`. 0 is the first token, BOS included.',
    example: 'last',
  },
  scalar: {
    kind: 'scalar',
    doc: 'Number that is explained: `logit_diff` (target - distractor), `logit` or `log_prob` of the target.',
    example: 'logit_diff',
  },
  corrupted: {
    kind: 'text',
    doc: 'Text, or a file with it, to take values from in `from corrupted` edits.',
    example: '"When Mary and John went to the store, Mary gave a drink to"',
  },
  reference: {
    kind: 'text',
    doc: 'Text, or a file with it, over which means are taken for `mean` edits: one prompt per line, all tokens but BOS.',
    example: 'reference.txt',
  },
  seed: { kind: 'integer', doc: 'Seed of everything random in this experiment.', example: '1' },
  ablate: {
    kind: 'edits',
    doc: 'Edits of the run, each `UNIT@POSITIONS KIND`, e.g. `L3H1@last zero`; `off ` before one switches it off.',
    example: '[L3H1@last zero]',
  },
} as const satisfies Record<string, KeySpec>;

/** Name of a key that front matter may have. */
export type KeyName = keyof typeof KEYS;

/** Keys in the order in which they are offered. */
export const KEY_NAMES = Object.keys(KEYS) as readonly KeyName[];

export const BOS_CHOICES = ['auto', 'true', 'false'] as const;
export const SCALAR_CHOICES = ['logit_diff', 'logit', 'log_prob'] as const;
/** What is explained: difference of target and distractor, or one of two readings of the target. */
export type ScalarName = (typeof SCALAR_CHOICES)[number];

export function isKeyName(text: string): text is KeyName {
  return Object.hasOwn(KEYS, text);
}

/** What may be written for a choice; empty for free values. */
export function choicesOf(kind: ValueKind): readonly string[] {
  if (kind === 'bos') return BOS_CHOICES;
  return kind === 'scalar' ? SCALAR_CHOICES : [];
}

/** Markdown for hover and completion. */
export function describeKey(key: KeyName): string {
  const { doc, example } = KEYS[key];
  return `${doc}\n\nExample: \`${key}: ${example}\``;
}
