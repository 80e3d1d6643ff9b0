/** Names further than this many edits away are no suggestions. */
const MAX_DISTANCE = 3;

/** Longest name that is compared; longer ones are no typing slips. */
const MAX_LENGTH = 40;

/** The name closest to what was written (Levenshtein, case ignored), or null when none is close. */
export function nearest<T extends string>(written: string, names: readonly T[]): T | null {
  if (written.length > MAX_LENGTH) return null;
  let best: T | null = null;
  let least = Math.min(MAX_DISTANCE, Math.ceil(written.length / 2)) + 1;
  for (const name of names) {
    const edits = distance(written.toLowerCase(), name.toLowerCase());
    if (edits < least) [best, least] = [name, edits];
  }
  return best;
}

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
