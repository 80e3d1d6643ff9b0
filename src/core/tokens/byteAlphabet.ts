/**
 * GPT-2's byte-level alphabet: every byte has one printable character, so that vocabulary files are text.
 * Printable Latin-1 bytes stand for themselves; the other 68 are U+0100, U+0101, ... in the order of bytes.
 * Source: openai/gpt-2 src/encoder.py, `bytes_to_unicode`.
 */
const PRINTABLE: readonly (readonly [number, number])[] = [
  [0x21, 0x7e],
  [0xa1, 0xac],
  [0xae, 0xff],
];

/** Character of each byte, index 0..255. */
export const BYTE_CHARACTERS: readonly string[] = buildAlphabet();

const BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

/** Spells bytes in the alphabet, as vocab.json and merges.txt do. */
export function spellBytes(bytes: Iterable<number>): string {
  let text = '';
  for (const byte of bytes) text += BYTE_CHARACTERS[byte] ?? '';
  return text;
}

/** Bytes of a token as the vocabulary spells it; null when a character is not of the alphabet. */
export function readBytes(spelling: string): Uint8Array | null {
  const bytes: number[] = [];
  for (const character of spelling) {
    const byte = BYTES.get(character);
    if (byte === undefined) return null;
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function buildAlphabet(): string[] {
  let extra = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = PRINTABLE.some(([first, last]) => byte >= first && byte <= last);
    return String.fromCodePoint(printable ? byte : extra++);
  });
}
