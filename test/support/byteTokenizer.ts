import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Tokens of the byte-level tokenizer: id = byte value for 0..255, then `<|endoftext|>`, then padding tokens. */
const END_OF_TEXT = 256;

/**
 * Writes vocab.json and merges.txt of a byte-level BPE without merges: the token of byte b has id b, 256 is
 * `<|endoftext|>`, ids from 257 to d_vocab - 1 are padding tokens that no text gives.
 */
export async function writeByteTokenizer(directory: string, d_vocab: number): Promise<void> {
  const vocab: Record<string, number> = {};
  byteCharacters().forEach((character, byte) => (vocab[character] = byte));
  vocab['<|endoftext|>'] = END_OF_TEXT;
  for (let id = END_OF_TEXT + 1; id < d_vocab; id++) vocab[`<|pad_${id}|>`] = id;
  await writeFile(join(directory, 'vocab.json'), JSON.stringify(vocab));
  await writeFile(join(directory, 'merges.txt'), '#version: 0.2\n');
}

/** GPT-2's printable character for each byte: itself where printable, else one from U+0100 on, in order. */
function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(printable ? byte : next++);
  });
}
