/** A number in 0..1 that depends on the texts only: invented, but the same on every run. */
export function noise(...keys: readonly (string | number)[]): number {
  let hash = 2166136261;
  for (const character of keys.join('|')) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}
