import { setMaxListeners } from 'node:events';
import { InterpError, isInterpError, throwIfCancelled, toInterpError } from '../../core/errors.ts';
import type { LanguageCall } from '../../core/explain/explanation.ts';
import type { LanguageModel, LanguageReply, LanguageRequest } from '../../core/explain/parts.ts';
import type { Budget, Usage } from './budget.ts';
import { createFlights } from './flights.ts';
import type { ReplyCache } from './replyCache.ts';
import { requestKey } from './requestKey.ts';

/** A reply as it came over some way, and what it cost; null = it cannot be used, and `failure` says why. */
export type Sent = { readonly usage: Usage } & (
  | { readonly reply: LanguageReply; readonly failure: null }
  | { readonly reply: null; readonly failure: string }
);

/** One way to a language model; tries again by itself, and tells of tries that may be charged for nothing. */
export type Send = (request: LanguageRequest, signal: AbortSignal, onLost: () => void) => Promise<Sent>;

export interface LayeredOptions {
  readonly name: string;
  readonly capabilities: LanguageModel['capabilities'];
  /** Where requests go, for the cache: never the key. */
  readonly identity: readonly string[];
  readonly send: Send;
  /** Tokens that a reply may take above what a request allows. */
  readonly extraTokens: number;
  readonly cache: ReplyCache;
  readonly budget: Budget;
}

interface Answered {
  readonly reply: LanguageReply;
  readonly cached: boolean;
  readonly usage: Usage;
}

const FREE: Usage = { promptTokens: 0, completionTokens: 0 };
/** Roles and marks around a message, at most. */
const TOKENS_AROUND_MESSAGE = 16;

/**
 * A language model behind cache and budget: what was answered before costs nothing, equal requests at once share one,
 * and a request that could exceed the budget is not sent.
 */
export function layeredModel({ name, capabilities, identity, ...way }: LayeredOptions): LanguageModel {
  const flights = createFlights<Answered>();
  const ask = async (request: LanguageRequest): Promise<LanguageReply> => {
    throwIfCancelled(request.signal);
    // Many requests listen to the one signal of their job; Node warns of more than ten.
    setMaxListeners(0, request.signal);
    assertAble(name, capabilities, request);
    try {
      const key = requestKey(identity, request);
      const shared = await flights.share(key, request.signal, async (signal) =>
        answer(way, key, { ...request, signal }),
      );
      const { reply, cached, usage } = shared.value;
      const isFree = cached || !shared.pays;
      request.onCall(
        callOf(request, { reply: reply.text, error: null, cached: isFree, usage: isFree ? FREE : usage }),
      );
      return reply;
    } catch (error) {
      const typed = toInterpError(error);
      // Nobody waits for what was cancelled, and what the budget forbids is not sent.
      if (!isInterpError(typed, 'cancelled') && !isInterpError(typed, 'language/budget')) {
        const { message } = typed;
        request.onCall(
          callOf(request, { reply: null, error: message, cached: false, usage: usageOf(typed) }),
        );
      }
      throw typed;
    }
  };
  return { name, capabilities, ask };
}

async function answer(
  { send, extraTokens, cache, budget }: Pick<LayeredOptions, 'send' | 'extraTokens' | 'cache' | 'budget'>,
  key: string,
  request: LanguageRequest,
): Promise<Answered> {
  const kept = await cache.read(key);
  if (kept !== null) return { reply: kept, cached: true, usage: FREE };
  const room = await budget.reserve(largest(request, extraTokens), request.signal);
  let lost = 0;
  let sent: Sent;
  try {
    sent = await send(request, request.signal, () => lost++);
  } catch (error) {
    room.release(lost);
    throw error;
  }
  room.settle(sent.usage);
  if (sent.reply === null) throw unusable(sent.failure, sent.usage);
  await cache.write(key, sent.reply);
  return { reply: sent.reply, cached: false, usage: sent.usage };
}

/** No tokenizer makes more tokens than a text has bytes. */
function largest({ messages, maxTokens }: LanguageRequest, extraTokens: number): Usage {
  const promptTokens = messages.reduce(
    (sum, { content }) => sum + Buffer.byteLength(content) + TOKENS_AROUND_MESSAGE,
    0,
  );
  return { promptTokens, completionTokens: maxTokens + extraTokens };
}

function assertAble(
  name: string,
  capabilities: LanguageModel['capabilities'],
  request: LanguageRequest,
): void {
  const lacks = request.promptLogprobs
    ? !capabilities.promptLogprobs && 'log-probabilities of a prompt'
    : request.topLogprobs > 0 && !capabilities.outputLogprobs && 'log-probabilities of a reply';
  if (lacks === false) return;
  throw new InterpError('language/not-able', `${name} tells no ${lacks}.`, { data: { model: name } });
}

function unusable(failure: string, { promptTokens, completionTokens }: Usage): InterpError {
  return new InterpError('language/bad-reply', failure, { data: { promptTokens, completionTokens } });
}

/** A reply that could not be used was charged all the same. */
function usageOf({ data }: InterpError): Usage {
  const count = (name: string): number => (typeof data[name] === 'number' ? data[name] : 0);
  return { promptTokens: count('promptTokens'), completionTokens: count('completionTokens') };
}

function callOf(
  { purpose, messages, note }: LanguageRequest,
  {
    reply,
    error,
    cached,
    usage,
  }: Pick<LanguageCall, 'reply' | 'error' | 'cached'> & { readonly usage: Usage },
): LanguageCall {
  return { purpose, messages, ...(note === undefined ? {} : { note }), reply, cached, ...usage, error };
}
