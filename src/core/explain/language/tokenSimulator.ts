import { InterpError } from '../../errors.ts';
import type { LanguageModel, Simulated, SimulateInput, SimulatorPart } from '../parts.ts';
import { askAll, plainRequest, replyOrFailure } from './askAll.ts';
import { expectedLevel, VALUE_ALTERNATIVES } from './expectedValue.ts';
import { failed, simulatedFrom } from './simulated.ts';
import { lastTokenMessages } from './simulatePrompt.ts';

/**
 * Token by token: one request per token of the window, the level read from the log-probabilities of the first token
 * of the reply. Source: automated-interpretability, ExplanationTokenByTokenSimulator.
 */
export function outputLogprobsSimulator(model: LanguageModel): SimulatorPart {
  return { kind: 'output-logprobs', name: model.name, simulate: async (input) => simulate(model, input) };
}

async function simulate(
  model: LanguageModel,
  { explained, record, ...context }: SimulateInput,
): Promise<Simulated> {
  const answers = await askAll(record.tokens, context.signal, async (_, signal, at) => {
    const tokens = record.tokens.slice(0, at + 1);
    const messages = lastTokenMessages({ words: explained.words, tokens });
    const request = { purpose: 'simulate', messages, maxTokens: 1, topLogprobs: VALUE_ALTERNATIVES } as const;
    const answer = await replyOrFailure(model.ask(plainRequest({ ...context, signal }, request)));
    if ('failure' in answer) return answer;
    if (answer.reply.outputLogprobs !== null) {
      return { level: expectedLevel(answer.reply.outputLogprobs[0]?.alternatives ?? []) };
    }
    throw new InterpError('language/not-able', `${model.name} told no log-probabilities with its reply.`, {
      data: { model: model.name },
    });
  });
  const broken = answers.find((answer) => 'failure' in answer);
  if (broken !== undefined) return failed(broken.failure);
  return simulatedFrom(
    record.tokens,
    answers.map((answer) => ('level' in answer ? answer.level : null)),
  );
}
