import type { Cost, LanguageCall } from '../explanation.ts';

/** What calls cost together; what came from the cache cost nothing. */
export function callCost(calls: readonly LanguageCall[]): Cost {
  const charged = calls.filter(({ cached }) => !cached);
  const sum = (count: (call: LanguageCall) => number): number =>
    charged.reduce((total, call) => total + count(call), 0);
  return {
    requests: charged.length,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
  };
}
