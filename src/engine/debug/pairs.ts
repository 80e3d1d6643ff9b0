import { InterpError } from '../../core/errors.ts';
import { alignTokens } from '../../core/tokens/align.ts';
import type { TextToken } from '../../core/tokens/token.ts';

/** Clean position -> corrupted position: as it was given, else aligned here. @throws request/invalid */
export function pairsOf(
  clean: readonly TextToken[],
  corrupted: readonly TextToken[],
  given: readonly (number | null)[] | null,
): readonly (number | null)[] {
  if (given === null) return alignTokens(clean, corrupted);
  const used = given.filter((position) => position !== null);
  const fits = used.every(
    (position) => Number.isInteger(position) && position >= 0 && position < corrupted.length,
  );
  if (given.length === clean.length && fits && new Set(used).size === used.length) return given;
  throw new InterpError(
    'request/invalid',
    `An alignment wants one corrupted position (or null) for each of the ${clean.length} tokens, none of them twice.`,
  );
}

/**
 * Where the scalar is read in the corrupted prompt: the partner of its position; the last token for the last one.
 * @throws position/out-of-range when it has no partner
 */
export function rightPosition(
  position: number,
  pairs: readonly (number | null)[],
  tokens: { readonly left: readonly TextToken[]; readonly right: readonly TextToken[] },
): number {
  const partner = pairs[position] ?? null;
  if (partner !== null) return partner;
  if (position === tokens.left.length - 1) return tokens.right.length - 1;
  throw new InterpError(
    'position/out-of-range',
    `Token ${position} has no partner in the corrupted prompt, so that nothing can be read there.`,
    { data: { position } },
  );
}
