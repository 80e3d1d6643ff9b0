import { isInterpError, throwIfCancelled } from '../../errors.ts';
import type { ExplainInput, LanguageReply, LanguageRequest } from '../parts.ts';

/** What every request of one explainer or simulator has in common. */
export interface AskContext extends Pick<ExplainInput, 'signal' | 'onCall'> {
  readonly note?: string | undefined;
}

const PLAIN = {
  temperature: 0,
  topLogprobs: 0,
  promptLogprobs: false,
  schema: null,
  sample: 0,
} satisfies Partial<LanguageRequest>;

/** A request with what most requests want: temperature 0, no log-probabilities, no schema, first sample. */
export function plainRequest(
  { signal, onCall, note }: AskContext,
  request: Pick<LanguageRequest, 'purpose' | 'messages' | 'maxTokens'> & Partial<LanguageRequest>,
): LanguageRequest {
  return { ...PLAIN, ...request, signal, onCall, ...(note === undefined ? {} : { note }) };
}

/** Reason of an abort after which nothing more is sent; what has been sent is paid for and waited for. */
export const NO_MORE = Symbol('nothing more is to be sent');

/** Runs all at once; after the first error nothing more is sent, and what was sent comes to its end. */
export async function askAll<Item, Answer>(
  items: readonly Item[],
  signal: AbortSignal,
  ask: (item: Item, signal: AbortSignal, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  throwIfCancelled(signal);
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const running = items.map((item, index) => ask(item, either, index));
  try {
    return await Promise.all(running);
  } catch (error) {
    ended.abort(NO_MORE);
    await Promise.allSettled(running);
    throw error;
  }
}

/** True for errors after which nothing more must be asked: a person or the budget ended the run. */
export function endsRun(error: unknown): boolean {
  return isInterpError(error, 'cancelled') || isInterpError(error, 'language/budget');
}

/** The reply, or the reason why it could not be used. Errors that are not about one reply are thrown. */
export async function replyOrFailure(
  asked: Promise<LanguageReply>,
): Promise<{ readonly reply: LanguageReply } | { readonly failure: string }> {
  try {
    return { reply: await asked };
  } catch (error) {
    if (isInterpError(error, 'language/bad-reply')) return { failure: error.message };
    throw error;
  }
}
