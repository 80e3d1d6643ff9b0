import type { ExampleGroup } from '../../../src/core/records/readings.ts';

/** How many windows of each group are there: of the longest one. */
export function shownOf(groups: readonly ExampleGroup[]): number {
  return Math.max(0, ...groups.map(({ examples }) => examples.length));
}

/** Groups with the next windows of each put behind those that are there. Windows that came twice are kept once. */
export function joinGroups(
  have: readonly ExampleGroup[],
  next: readonly ExampleGroup[],
): readonly ExampleGroup[] {
  if (have.length === 0) return next;
  return have.map((group, i) => {
    const known = new Set(group.examples.map(({ sequence }) => sequence));
    const more = (next[i]?.examples ?? []).filter(({ sequence }) => !known.has(sequence));
    return { ...group, examples: [...group.examples, ...more] };
  });
}
