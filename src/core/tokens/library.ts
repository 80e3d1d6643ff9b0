import { Tokenizer as Library } from '@huggingface/tokenizers';
import { malformed, type TokenizerDefinition } from './definition.ts';

/** The part of `@huggingface/tokenizers` that we use; this file is its only importer. */
export interface TokenLibrary {
  /** Ids of a text; tokens that the vocabulary lacks are left out or are the unknown token. */
  encode(text: string): readonly number[];
  /** Tokens as the vocabulary spells them, by id; undefined where an id has no token. */
  readonly spellings: readonly (string | undefined)[];
}

/** @throws tokenizer/malformed when the library refuses the definition. */
export function openLibrary(definition: TokenizerDefinition): TokenLibrary {
  try {
    const library = new Library(definition.json, {});
    const spellings: (string | undefined)[] = [];
    for (const [spelling, id] of library.get_vocab()) {
      // The library leaves holes of its array as a key `undefined`.
      if (typeof spelling === 'string') spellings[id] = spelling;
    }
    return {
      encode: (text) => library.encode(text, { add_special_tokens: false }).ids,
      spellings,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformed(definition.source, `the tokenizer could not be built: ${reason}`, cause);
  }
}
