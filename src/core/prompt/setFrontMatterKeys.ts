import type { KeyName } from './keys.ts';
import type { TextEdit } from './problem.ts';
import { applyEdits, setFrontMatter, type NewValue } from './setFrontMatter.ts';

/** New values of keys; null takes a key away. */
export type FrontMatterChanges = readonly (readonly [key: KeyName, value: NewValue | null])[];

/**
 * Several keys at once as one replacement, as short as it can be, so that it is one step of undo and moves no cursor
 * that it need not move; null when nothing changes. @throws prompt/front-matter as `setFrontMatter`
 */
export function setFrontMatterKeys(text: string, changes: FrontMatterChanges): TextEdit | null {
  const changed = changes.reduce(
    (before, [key, value]) => applyEdits(before, setFrontMatter(before, key, value)),
    text,
  );
  return difference(text, changed);
}

function difference(before: string, after: string): TextEdit | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < most - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return { start, end: before.length - tail, newText: after.slice(start, after.length - tail) };
}
