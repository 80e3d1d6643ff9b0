import type { LanguageModel, LanguageReply, Simulated, SimulatorPart, TokenLogprobs } from '../parts.ts';
import { expectedLevel, VALUE_ALTERNATIVES } from './expectedValue.ts';
import { FEW_SHOTS } from './fewShots.ts';
import { joinedText, type Messages } from './messages.ts';
import { HIDDEN_VALUE } from './recordText.ts';
import { simulateAtOnce, type LanguageSimulatorOptions } from './simulateAtOnce.ts';
import { failed, simulatedFrom } from './simulated.ts';
import { allTokensMessages } from './simulatePrompt.ts';

const REQUEST = {
  maxTokens: 1,
  promptLogprobs: true,
  topLogprobs: VALUE_ALTERNATIVES,
  promptAlternativesOf: HIDDEN_VALUE,
};
/** A hidden value: nothing else in a prompt stands behind a tab, because tabs in tokens are escaped. */
const HIDDEN = new RegExp(`\\t${HIDDEN_VALUE}(?=\\n)`, 'g');

/**
 * All tokens in one request: the whole sequence is written with hidden values, and what the model would have written
 * at each is read from the log-probabilities of the prompt. Source: automated-interpretability,
 * ExplanationNeuronSimulator.
 */
export function promptLogprobsSimulator(
  model: LanguageModel,
  options: LanguageSimulatorOptions = {},
): SimulatorPart {
  return {
    kind: 'prompt-logprobs',
    name: model.name,
    simulate: async (input) =>
      simulateAtOnce(model, input, options, {
        shots: FEW_SHOTS,
        messages: allTokensMessages,
        request: REQUEST,
        read: (reply, messages) => readHidden(reply, messages, input.record.tokens),
      }),
  };
}

function readHidden(
  { promptLogprobs }: LanguageReply,
  messages: Messages,
  tokens: readonly string[],
): Simulated {
  if (promptLogprobs === null) return failed('The reply has no log-probabilities of the prompt.');
  const hidden = joinedText(messages).match(HIDDEN)?.length ?? 0;
  const found = hiddenValues(promptLogprobs);
  if (found.length !== hidden) {
    return failed(
      `The reply shows ${found.length} of ${hidden} hidden values: the prompt came back changed.`,
    );
  }
  return simulatedFrom(tokens, tokens.length === 0 ? [] : found.slice(-tokens.length));
}

/** The expected level at every hidden value of a prompt, in its order; null where no alternative is a level. */
export function hiddenValues(prompt: readonly TokenLogprobs[]): (number | null)[] {
  const text = prompt.map(({ token }) => token).join('');
  const places = [...text.matchAll(HIDDEN)].map(({ index }) => index + 1);
  const values: (number | null)[] = [];
  let offset = 0;
  for (const { token, alternatives } of prompt) {
    const place = places[values.length];
    const inside = place !== undefined && place >= offset && place < offset + token.length;
    if (inside) values.push(valueAt(token.slice(0, place - offset), alternatives));
    offset += token.length;
  }
  return values;
}

/** Some tokenizers glue the tab to what follows it: then the alternatives start with it too. */
function valueAt(before: string, alternatives: TokenLogprobs['alternatives']): number | null {
  const level = alternatives.flatMap(({ token, logprob }) =>
    token.startsWith(before) ? [{ token: token.slice(before.length), logprob }] : [],
  );
  return expectedLevel(level);
}
