import { estimateTokens } from '../../core/explain/language/estimate.ts';
import { messageLength, type Messages } from '../../core/explain/language/messages.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import type { Send } from './languageModel.ts';
import type { Semaphore } from './semaphore.ts';

/** Asks a model of VS Code's own through the host. @throws language/*, cancelled */
export type AskEditor = (
  ask: { readonly model: string; readonly messages: Messages },
  signal: AbortSignal,
) => Promise<string>;

/** VS Code tells no log-probabilities and takes no schema. */
export const EDITOR_CAPABILITIES: LanguageModel['capabilities'] = {
  promptLogprobs: false,
  outputLogprobs: false,
  json: false,
};

/** The way through the host. Nobody counts the tokens there, so that they are estimated: characters / 4. */
export function editorSend(model: string, askEditor: AskEditor, atOnce: Semaphore): Send {
  return async ({ messages }, signal) => {
    const text = await atOnce.run(signal, async () => askEditor({ model, messages }, signal));
    const promptTokens = estimateTokens(messageLength(messages));
    const usage = { promptTokens, completionTokens: estimateTokens(text.length) };
    if (text.trim() === '') return { reply: null, failure: 'The reply is empty.', usage };
    return { reply: { text, outputLogprobs: null, promptLogprobs: null }, failure: null, usage };
  };
}
