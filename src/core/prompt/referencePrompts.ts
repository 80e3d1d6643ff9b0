/**
 * The prompts of a reference text: every line that is not blank is one, spaces and all. Means are taken over all
 * their tokens but BOS.
 */
export function referencePrompts(text: string): string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
}
