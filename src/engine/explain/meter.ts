import type { Cost } from '../../core/explain/explanation.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { FREE } from '../../core/explain/recordJson.ts';

/** Opens the language model when it is first needed; null = none was chosen. */
export type OpenLanguage = () => Promise<LanguageModel | null>;

/** Counts what is spent on a language model, also by units that come to nothing. */
export function metered(open: OpenLanguage): { readonly open: OpenLanguage; spent(): Cost } {
  let spent = FREE;
  let opening: Promise<LanguageModel | null> | null = null;
  const ask = (model: LanguageModel): LanguageModel['ask'] => {
    return (request) =>
      model.ask({
        ...request,
        onCall: (call) => {
          if (!call.cached) {
            spent = {
              requests: spent.requests + 1,
              promptTokens: spent.promptTokens + call.promptTokens,
              completionTokens: spent.completionTokens + call.completionTokens,
            };
          }
          request.onCall(call);
        },
      });
  };
  return {
    open: () => {
      opening ??= open().then((model) => model && { ...model, ask: ask(model) });
      return opening;
    },
    spent: () => spent,
  };
}
