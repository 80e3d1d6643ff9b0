import { InterpError } from '../errors.ts';
import type { TextToken } from './token.ts';

/** How BOS is treated: `auto` follows the model's card. */
export type BosMode = 'auto' | 'always' | 'never';

/** What decides whether a prompt begins with BOS. */
export interface BosOptions {
  readonly mode: BosMode;
  /** Whether `auto` prepends BOS for this model. */
  readonly modelBos: boolean;
  /** The token to prepend; null when the tokenizer has none. */
  readonly bos: { readonly id: number; readonly text: string } | null;
}

/**
 * Prepends BOS by the rule: `auto` prepends for models that want it, unless the prompt starts with that token;
 * `always` prepends in any case. The added token's range is empty at the prompt's start.
 * @throws tokenizer/malformed for `always` without a BOS token.
 */
export function withBos(tokens: readonly TextToken[], options: BosOptions): readonly TextToken[] {
  if (!addsBos(tokens[0]?.id, options)) return tokens;
  if (options.bos === null) {
    throw new InterpError(
      'tokenizer/malformed',
      'BOS was asked for, but the tokenizer has no <|endoftext|> token.',
    );
  }
  return [{ ...options.bos, start: 0, end: 0 }, ...tokens];
}

/** Whether the rule prepends BOS before a prompt whose first token is `firstId`. */
function addsBos(firstId: number | undefined, { mode, modelBos, bos }: BosOptions): boolean {
  if (mode === 'never') return false;
  if (mode === 'always') return true;
  return modelBos && bos !== null && firstId !== bos.id;
}
