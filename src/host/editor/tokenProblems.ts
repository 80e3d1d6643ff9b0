import { checkPrompt } from '../../core/prompt/checkPrompt.ts';
import type { PromptFile } from '../../core/prompt/parsePrompt.ts';
import type { Problem } from '../../core/prompt/problem.ts';
import type { TextToken } from '../../core/tokens/token.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';

/** Tokens of a text, without BOS, from a tokenizer in another process. */
export type Encode = (text: string) => Promise<readonly TextToken[]>;

/** Each round finds at least one more text to tokenize; a check of a few answers needs three or four. */
const MAX_ROUNDS = 8;

/**
 * Runs `checkPrompt`, which wants its tokenizer at hand, with one that is not: what it asks for and is not known
 * yet is fetched, and the check repeated, until it asks for nothing new.
 */
export async function tokenProblems(file: PromptFile, model: ModelInfo, encode: Encode): Promise<Problem[]> {
  const known = new Map<string, readonly TextToken[]>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const missing = new Set<string>();
    const problems = checkPrompt(file, {
      n_ctx: model.n_ctx,
      bos: model.bos,
      encode: (text) => {
        const tokens = known.get(text);
        if (!tokens) missing.add(text);
        return tokens ?? [];
      },
    });
    if (missing.size === 0) return problems;
    const fetched = await Promise.all([...missing].map(async (text) => [text, await encode(text)] as const));
    for (const [text, tokens] of fetched) known.set(text, tokens);
  }
  return [];
}
