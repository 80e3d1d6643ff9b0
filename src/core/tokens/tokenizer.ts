import { InterpError } from '../errors.ts';
import { readBytes } from './byteAlphabet.ts';
import { END_OF_TEXT, malformed, readDefinition, type TokenizerFiles } from './definition.ts';
import { openLibrary } from './library.ts';
import { locateTokens } from './ranges.ts';
import { wordwise } from './wordwise.ts';
import type { TextToken } from './token.ts';
import { concatenate } from '../tensor/concatenate.ts';

/** Text <-> tokens of one model, with exact ranges. Never adds BOS: see `withBos`. */
export interface Tokenizer {
  /** One more than the highest id. */
  readonly size: number;
  /** Id of the token that begins a text (`bos_token`, else `<|endoftext|>`); null when there is none. */
  readonly bosId: number | null;
  /**
   * Tokens that spell the text exactly; a literal `<|endoftext|>` is the special token.
   * @throws tokenizer/malformed when they do not spell it (a normalizer changed it, or a byte has no token).
   */
  encode(text: string): TextToken[];
  /** The ids that `encode` gives, many times faster: words are tokenized once. @throws tokenizer/malformed */
  ids(text: string): readonly number[];
  /** Text of ids; U+FFFD where the bytes are not UTF-8; ids without a token add nothing. */
  decode(ids: readonly number[]): string;
  /** A token's own text, U+FFFD for parts of characters, `<unused 5001>` for ids without a token. */
  text(id: number): string;
  /** A token's bytes; empty for ids without a token. */
  bytes(id: number): Uint8Array;
  /** The id when the text is exactly one token, else null. */
  asSingleToken(text: string): number | null;
  /** A number of tokens that the text has at least: tells at once that a book does not fit into a context. */
  fewestTokens(text: string): number;
}

const NO_BYTES = new Uint8Array(0);

/** @throws tokenizer/missing, tokenizer/malformed */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const definition = readDefinition(files);
  const library = openLibrary(definition);
  const added = new Map(definition.added.map((token) => [token.id, token.content]));
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const known = new Map<number, Uint8Array>();
  const longest = longestToken(library.spellings);

  const bytes = (id: number): Uint8Array => {
    const cached = known.get(id);
    if (cached) return cached;
    const content = added.get(id);
    const spelling = library.spellings[id];
    const made =
      content !== undefined
        ? encoder.encode(content)
        : spelling === undefined
          ? NO_BYTES
          : (readBytes(spelling) ?? encoder.encode(spelling));
    known.set(id, made);
    return made;
  };
  const text = (id: number): string => {
    const own = bytes(id);
    return own.length === 0 ? `<unused ${id}>` : decoder.decode(own);
  };
  const encode = (input: string): TextToken[] => {
    const ids = library.encode(input);
    const raw = ids.map((id) => (id === undefined ? NO_BYTES : bytes(id)));
    const ranges = locateTokens(input, raw);
    if ('offset' in ranges) throw doesNotSpell(definition.source, input, ranges.offset);
    return ids.map((id, index) => {
      const range = ranges[index] ?? { start: 0, end: 0, split: false };
      const token = { id, text: text(id), start: range.start, end: range.end };
      return range.split ? { ...token, bytes: [...bytes(id)] } : token;
    });
  };

  return {
    size: Math.max(library.spellings.length, ...definition.added.map((token) => token.id + 1)),
    bosId: findBos(definition.bosToken ?? END_OF_TEXT, definition.added, library.spellings),
    encode,
    ids: wordwise(definition, (input) => encode(input).map(({ id }) => id)),
    decode: (ids) => decoder.decode(concatenate(ids.map(bytes), (length) => new Uint8Array(length))),
    text,
    bytes,
    asSingleToken: (input) => {
      const tokens = encode(input);
      return tokens.length === 1 ? (tokens[0]?.id ?? null) : null;
    },
    fewestTokens: (input) => Math.ceil(input.length / longest),
  };
}

/**
 * Checks that every id has a row of the embedding; more rows than tokens (padding) are fine.
 * @throws tokenizer/malformed
 */
export function checkVocabularySize(tokenizer: Pick<Tokenizer, 'size'>, d_vocab: number): void {
  if (tokenizer.size <= d_vocab) return;
  throw new InterpError(
    'tokenizer/malformed',
    `The tokenizer has ids up to ${tokenizer.size - 1}, but the model embeds only ${d_vocab} tokens (d_vocab).`,
    { data: { expected: d_vocab, found: tokenizer.size } },
  );
}

/** UTF-16 units that one token covers at most: its spelling has a character per byte, a text a byte per unit at least. */
function longestToken(spellings: readonly (string | undefined)[]): number {
  return spellings.reduce((most, spelling) => Math.max(most, spelling?.length ?? 0), 1);
}

function findBos(
  wanted: string,
  added: readonly { readonly id: number; readonly content: string }[],
  spellings: readonly (string | undefined)[],
): number | null {
  const special = added.find((token) => token.content === wanted);
  if (special) return special.id;
  const id = spellings.indexOf(wanted);
  return id < 0 ? null : id;
}

function doesNotSpell(file: string, text: string, offset: number): InterpError {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0xfffd);
  const code = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return malformed(
    file,
    `its tokens do not spell the text at offset ${offset} (${JSON.stringify(character)}, U+${code}): ` +
      'a normalizer changes the text or a byte has no token.',
  );
}
