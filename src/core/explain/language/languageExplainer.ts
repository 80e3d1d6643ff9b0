import { InterpError, toInterpError } from '../../errors.ts';
import type { ExplainInput, Explained, ExplainerPart, LanguageModel } from '../parts.ts';
import { endsRun, plainRequest } from './askAll.ts';
import { explainMessages, shownRecords } from './explainPrompt.ts';
import { FEW_SHOTS } from './fewShots.ts';
import { DEFAULT_CONTEXT, fitContext, type FittedPrompt } from './fitContext.ts';
import { explainHeadMessages, strongestPairs } from './headPrompt.ts';
import { HEAD_SHOTS } from './headShots.ts';
import { distinctSentences } from './oneSentence.ts';

/** How a language model is asked for words. */
export interface LanguageExplainerOptions {
  /** Explanations asked for; equal ones are told once. */
  readonly samples: number;
  /** Tokens that the model can hold, prompt and reply; longer prompts are shortened. */
  readonly contextTokens?: number;
}

/** Room for one sentence, and for the few words that some models put before it. */
export const EXPLANATION_TOKENS = 100;
const MAX_PAIRS = 5;

/** Asks a language model what the records have in common: neurons and latents by tokens, heads by marked pairs. */
export function languageExplainer(
  model: LanguageModel,
  { samples, contextTokens = DEFAULT_CONTEXT }: LanguageExplainerOptions,
): ExplainerPart {
  return {
    kind: 'language',
    name: model.name,
    explain: async (input) => {
      const prompt = explainPrompt(input, contextTokens);
      const replies = await sample(model, input, { prompt, samples });
      const sentences = distinctSentences(replies);
      if (sentences.length > 0) return sentences.map((words): Explained => ({ words, pattern: null }));
      throw new InterpError('explain/nothing-found', `${model.name} answered nothing that is a sentence.`, {
        data: { model: model.name, samples },
      });
    },
  };
}

/** The prompt of one unit from its train records. @throws explain/nothing-found when a head has no pair above zero */
export function explainPrompt(
  { unit, train }: Pick<ExplainInput, 'unit' | 'train'>,
  contextTokens: number = DEFAULT_CONTEXT,
): FittedPrompt {
  const room = { contextTokens, replyTokens: EXPLANATION_TOKENS };
  if (unit.kind !== 'head') {
    return fitContext({ shots: FEW_SHOTS, records: shownRecords(train) }, room, explainMessages);
  }
  const pairs = strongestPairs(train, MAX_PAIRS);
  if (pairs.length > 0) return fitContext({ shots: HEAD_SHOTS, records: pairs }, room, explainHeadMessages);
  throw new InterpError(
    'explain/nothing-found',
    'The head attends from no token to another in these records.',
  );
}

async function sample(
  model: LanguageModel,
  input: ExplainInput,
  { prompt, samples }: { readonly prompt: FittedPrompt; readonly samples: number },
): Promise<string[]> {
  const { messages, note } = prompt;
  const asked = Array.from({ length: samples }, async (_, index) => {
    const request = { purpose: 'explain', messages, maxTokens: EXPLANATION_TOKENS } as const;
    const context = { signal: input.signal, onCall: input.onCall, note };
    return model.ask(plainRequest(context, { ...request, temperature: 1, sample: index }));
  });
  const settled = await Promise.allSettled(asked);
  const errors = settled.flatMap((each) => (each.status === 'rejected' ? [toInterpError(each.reason)] : []));
  const replies = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.text] : []));
  const fatal = errors.find(endsRun) ?? (replies.length === 0 ? errors[0] : undefined);
  if (fatal !== undefined) throw fatal;
  return replies;
}
