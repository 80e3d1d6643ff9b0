import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../golden/', import.meta.url));
const NUMBER = /[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

export interface GoldenOptions {
  /** Numbers may differ by so much, absolutely or relative to the golden one; 0 = text must be equal. */
  readonly tolerance?: number;
}

/**
 * Compares a text with test/golden/{name}. With a tolerance, numbers are compared as numbers, and bars and column
 * widths not at all. A missing or different golden fails and leaves the text beside it as `.actual`; only
 * UPDATE_GOLDEN=1 writes goldens.
 */
export function checkGolden(name: string, text: string, { tolerance = 0 }: GoldenOptions = {}): void {
  const file = path.join(FOLDER, name);
  const actual = `${file}.actual`;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    rmSync(actual, { force: true });
    return;
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : null;
  if (expected !== null && isSame(text, expected, tolerance)) {
    rmSync(actual, { force: true });
    return;
  }
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(actual, text);
  assert.equal(text, expected, `test/golden/${name} differs; the text is beside it as .actual`);
}

function isSame(text: string, expected: string, tolerance: number): boolean {
  if (tolerance === 0) return text === expected;
  const [found, wanted] = [split(text), split(expected)];
  return (
    found.words === wanted.words &&
    found.numbers.every((value, index) => isNear(value, wanted.numbers[index] ?? Number.NaN, tolerance))
  );
}

/** The words with their numbers and bars taken out, and the numbers. */
function split(text: string): { words: string; numbers: number[] } {
  const words = text
    .replace(NUMBER, '0')
    .replace(/[█▏▎▍▌▋▊▉]+/g, '')
    .replace(/ +/g, ' ')
    .replace(/ $/gm, '');
  return { words, numbers: (text.match(NUMBER) ?? []).map(Number) };
}

function isNear(value: number, wanted: number, tolerance: number): boolean {
  return Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
}
