/**
 * For `hasChanged` of a Lit property that holds a fresh object of stable parts on every render:
 * true when any part differs.
 */
export function partsDiffer(next: unknown, before: unknown): boolean {
  if (!isObject(next) || !isObject(before)) return next !== before;
  const keys = Object.keys(next);
  if (keys.length !== Object.keys(before).length) return true;
  return keys.some((key) => next[key] !== before[key]);
}

/** Remembers the last result of a function and gives it again for the same arguments. */
export function remember<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly result: R } | null = null;
  return (...args) => {
    if (last === null || args.some((arg, i) => arg !== last?.args[i]))
      last = { args, result: compute(...args) };
    return last.result;
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
