import { BYTE_CHARACTERS, spellBytes } from '../../src/core/tokens/byteAlphabet.ts';
import type { TokenizerFiles } from '../../src/core/tokens/definition.ts';

/** Words that the tiny tokenizer holds as single tokens, in order of their ids. */
const WORDS = ['the', ' the', ' Mary', ' John', ' and', ' to', 'é', '😀', '\r\n', '  '];

/**
 * A byte-level tokenizer in GPT-2's files: 256 bytes (id = order of the alphabet), the merges that make `WORDS`,
 * and `<|endoftext|>` last.
 */
export function tinyTokenizerFiles(): Required<Pick<TokenizerFiles, 'vocab.json' | 'merges.txt'>> {
  const vocab = new Map<string, number>(BYTE_CHARACTERS.map((character, byte) => [character, byte]));
  const merges: string[] = [];
  for (const word of WORDS) {
    const [first = '', ...rest] = spellBytes(new TextEncoder().encode(word));
    // A word that is already a token gets its space in one merge, so that the order of merges does not matter.
    const parts = vocab.has(rest.join('')) ? [rest.join('')] : rest;
    let left = first;
    for (const right of parts) {
      if (!vocab.has(left + right)) {
        vocab.set(left + right, vocab.size);
        merges.push(`${left} ${right}`);
      }
      left += right;
    }
  }
  vocab.set('<|endoftext|>', vocab.size);
  return {
    'vocab.json': JSON.stringify(Object.fromEntries(vocab)),
    'merges.txt': `#version: 0.2\n${merges.join('\n')}\n`,
  };
}
