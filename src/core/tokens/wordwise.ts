import { isJsonObject } from '../json.ts';
import { GPT2_WORDS, type TokenizerDefinition } from './definition.ts';

/** Words that are remembered; then all are forgotten, so that a corpus of any size needs no more memory. */
const REMEMBERED = 50_000;
/** Longer words are hardly met twice. */
const LONGEST = 32;

/**
 * Tokenizes word by word, and each word once, where a definition splits text as GPT-2 does and changes nothing of it: then
 * no token reaches over the end of a word. Else, and where an added token may stand in the text, the text is given whole.
 */
export function wordwise(
  definition: TokenizerDefinition,
  encode: (text: string) => readonly number[],
): (text: string) => readonly number[] {
  if (!splitsAsGpt2(definition)) return encode;
  const words = new RegExp(
    GPT2_WORDS.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}'),
    'gu',
  );
  const known = new Map<string, readonly number[]>();
  const ofWord = (word: string): readonly number[] => {
    const found = known.get(word);
    if (found) return found;
    const made = encode(word);
    if (word.length > LONGEST) return made;
    if (known.size >= REMEMBERED) known.clear();
    known.set(word, made);
    return made;
  };
  return (text) => {
    if (definition.added.some(({ content }) => text.includes(content))) return encode(text);
    const ids: number[] = [];
    for (const word of text.match(words) ?? []) for (const id of ofWord(word)) ids.push(id);
    return ids;
  };
}

/** Nothing before the split, and nothing behind it but the spelling of bytes. */
function splitsAsGpt2({ json }: TokenizerDefinition): boolean {
  const pre = json['pre_tokenizer'];
  const parts: unknown = isJsonObject(pre) ? pre['pretokenizers'] : null;
  if ((json['normalizer'] ?? null) !== null || !Array.isArray(parts) || parts.length !== 2) return false;
  const [split, bytes]: unknown[] = parts;
  if (!isJsonObject(split) || !isJsonObject(bytes)) return false;
  const { pattern } = split;
  const regex = isJsonObject(pattern) ? pattern['Regex'] : null;
  return (
    split['type'] === 'Split' &&
    regex === GPT2_WORDS &&
    split['behavior'] === 'Isolated' &&
    split['invert'] !== true &&
    bytes['type'] === 'ByteLevel' &&
    bytes['use_regex'] === false
  );
}
