import { isInterpError } from '../../core/errors.ts';

/**
 * One computation for all who ask for the same key; the last `most` are kept, failed ones are not. Whoever joins one
 * that its first asker then cancels starts it again, under an own signal.
 */
export async function shared<T>(
  held: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
  { most, signal }: { readonly most: number; readonly signal: AbortSignal },
): Promise<T> {
  const known = held.get(key);
  if (!known) {
    const made = make();
    held.set(key, made);
    for (const oldest of held.keys()) if (held.size > most) held.delete(oldest);
    made.catch(() => {
      if (held.get(key) === made) held.delete(key);
    });
    return made;
  }
  held.delete(key);
  held.set(key, known);
  try {
    return await known;
  } catch (error) {
    if (!isInterpError(error, 'cancelled') || signal.aborted) throw error;
    return shared(held, key, make, { most, signal });
  }
}
