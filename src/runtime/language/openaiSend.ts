import { estimateTokens } from '../../core/explain/language/estimate.ts';
import { messageLength } from '../../core/explain/language/messages.ts';
import type { LanguageReply, LanguageRequest, TokenLogprobs } from '../../core/explain/parts.ts';
import type { Usage } from './budget.ts';
import type { Dialect } from './dialect.ts';
import type { Send } from './languageModel.ts';
import type { Redact } from './redact.ts';
import type { Sender } from './retry.ts';
import type { Semaphore } from './semaphore.ts';
import { chatBody, promptBody, promptTextOf, readChat, readPrompt, type WireAnswer } from './wire.ts';

export interface OpenAiSendOptions {
  readonly model: string;
  readonly dialect: Dialect;
  readonly sender: Sender;
  readonly atOnce: Semaphore;
  /** Should a server send the key back, it is not kept. */
  readonly redact: Redact;
}

/** The way over HTTP: chat completions, or completions for the log-probabilities of a prompt. */
export function openaiSend({ model, dialect, sender, atOnce, redact }: OpenAiSendOptions): Send {
  const exchange = async (
    request: LanguageRequest,
    signal: AbortSignal,
    onLost: () => void,
  ): Promise<WireAnswer> => {
    const { prompt } = dialect;
    if (!request.promptLogprobs || prompt === null) {
      return readChat(await sender.send(chatBody(model, request, dialect), signal, { onLost }));
    }
    const body = promptBody(model, promptTextOf(request), prompt);
    return readPrompt(await sender.send(body, signal, { onLost }), prompt, request.promptAlternativesOf);
  };
  return async (request, signal, onLost) => {
    const answer = await atOnce.run(signal, async () => exchange(request, signal, onLost));
    const usage = answer.usage ?? estimated(request, answer.reply);
    if (answer.reply === null) return { reply: null, failure: redact(answer.failure), usage };
    return { reply: redacted(answer.reply, redact), failure: null, usage };
  };
}

/** For servers that do not count: characters / 4. */
function estimated({ messages }: LanguageRequest, reply: LanguageReply | null): Usage {
  const completionTokens = estimateTokens(reply?.text.length ?? 0);
  return { promptTokens: estimateTokens(messageLength(messages)), completionTokens };
}

function redacted({ text, outputLogprobs, promptLogprobs }: LanguageReply, redact: Redact): LanguageReply {
  const tokens = (all: readonly TokenLogprobs[] | null): readonly TokenLogprobs[] | null =>
    all?.map(({ token, alternatives }) => ({ token: redact(token), alternatives })) ?? null;
  return {
    text: redact(text),
    outputLogprobs: tokens(outputLogprobs),
    promptLogprobs: tokens(promptLogprobs),
  };
}
