import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { ExplainEstimate, ExplainOptions } from '../../protocol/explainContract.ts';
import type { Language } from '../language/languageSettings.ts';
import { setting } from '../settings.ts';

/** What a page asks for: it may want the language model, but never sees how it is reached. */
export type AskedOptions = Omit<ExplainOptions, 'language' | 'budget'> & { readonly useLanguage: boolean };

/** Puts the person's language model and budget in. @throws language/not-configured */
export async function completeOptions(asked: AskedOptions, language: Language): Promise<ExplainOptions> {
  const { useLanguage, ...options } = asked;
  const access = useLanguage ? await language.access() : null;
  if (useLanguage && !access) {
    throw new InterpError('language/not-configured', 'No language model is chosen, so nothing was sent.');
  }
  const most = Math.round(setting('language.maxRequests'));
  return { ...options, language: access, budget: { requests: most > 0 ? most : null, tokens: null } };
}

/** Asks before much is sent. @returns whether to go on */
export async function confirmCost(estimate: ExplainEstimate, what: string): Promise<boolean> {
  if (!estimate.large || estimate.requests === 0) return true;
  const { requests, promptTokens, completionTokens } = estimate;
  const tokens = `about ${thousands(promptTokens)} tokens sent and ${thousands(completionTokens)} received`;
  const go = 'Send';
  const answer = await vscode.window.showWarningMessage(
    `${what} asks the language model ${requests} times, ${tokens}.`,
    { modal: true },
    go,
  );
  return answer === go;
}

function thousands(count: number): string {
  return count < 1000 ? String(count) : `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)} k`;
}
