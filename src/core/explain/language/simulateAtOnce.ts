import type { LanguageModel, LanguageReply, LanguageRequest, Simulated, SimulateInput } from '../parts.ts';
import { plainRequest, replyOrFailure } from './askAll.ts';
import type { FewShot } from './fewShots.ts';
import { DEFAULT_CONTEXT, fitContext } from './fitContext.ts';
import type { Messages } from './messages.ts';
import { failed } from './simulated.ts';
import type { SimulateSubject } from './simulatePrompt.ts';

/** What is known of the language model that simulates. */
export interface LanguageSimulatorOptions {
  /** Tokens that the model can hold, prompt and reply; example neurons are left out of longer prompts. */
  readonly contextTokens?: number;
}

/** How a window is asked about in one request. */
interface WindowRequest {
  readonly shots: readonly FewShot[];
  readonly messages: (subject: SimulateSubject, shots: readonly FewShot[]) => Messages;
  readonly request: Pick<LanguageRequest, 'maxTokens'> & Partial<LanguageRequest>;
  readonly read: (reply: LanguageReply, messages: Messages) => Simulated;
}

/** All tokens of a window in one request, whose example neurons are left out as far as the model's context asks for it. */
export async function simulateAtOnce(
  model: LanguageModel,
  { explained, record, ...context }: SimulateInput,
  { contextTokens = DEFAULT_CONTEXT }: LanguageSimulatorOptions,
  { shots, messages: build, request, read }: WindowRequest,
): Promise<Simulated> {
  const subject = { words: explained.words, tokens: record.tokens };
  const room = { contextTokens, replyTokens: request.maxTokens };
  const { messages, note, fits } = fitContext({ shots, records: [subject] }, room, (parts) =>
    build(subject, parts.shots),
  );
  if (!fits) return failed(`The window does not fit a context of ${contextTokens} tokens.`);
  const asked = plainRequest({ ...context, note }, { ...request, purpose: 'simulate', messages });
  const answer = await replyOrFailure(model.ask(asked));
  return 'failure' in answer ? failed(answer.failure) : read(answer.reply, messages);
}
