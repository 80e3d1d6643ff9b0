import { InterpError } from '../core/errors.ts';
import { isFile } from '../runtime/files/fileByteSource.ts';
import { readTextFile } from '../runtime/files/textFile.ts';

/** What is known of a latent in words, by index. */
export type LatentWords = ReadonlyMap<number, { readonly words: string; readonly f1: number | null }>;

/** Reads `latents.jsonl` beside a SAE: one object a line with `index`, `words`, `f1`. No file = no words. */
export async function readLatentWords(file: string): Promise<LatentWords> {
  const words = new Map<number, { words: string; f1: number | null }>();
  if (!(await isFile(file))) return words;
  const lines = (await readTextFile(file)).split('\n');
  for (const [number, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const row = parseRow(line);
    if (!row) {
      throw new InterpError(
        'sae/malformed',
        `${file}, line ${number + 1}: expected an object with index and words.`,
        {
          data: { file, line: number + 1 },
        },
      );
    }
    words.set(row.index, { words: row.words, f1: row.f1 });
  }
  return words;
}

function parseRow(line: string): { index: number; words: string; f1: number | null } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('index' in value) || !('words' in value)) return null;
  const { index, words } = value;
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || typeof words !== 'string')
    return null;
  const f1 = 'f1' in value && typeof value.f1 === 'number' ? value.f1 : null;
  return { index, words, f1 };
}
