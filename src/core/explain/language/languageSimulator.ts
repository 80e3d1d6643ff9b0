import { InterpError } from '../../errors.ts';
import type { LanguageModel, SimulatorPart } from '../parts.ts';
import { jsonSimulator } from './jsonSimulator.ts';
import { promptLogprobsSimulator } from './promptSimulator.ts';
import type { LanguageSimulatorOptions } from './simulated.ts';
import { outputLogprobsSimulator } from './tokenSimulator.ts';

export type LanguageSimulatorKind = 'prompt-logprobs' | 'output-logprobs' | 'json';

/**
 * What `auto` means for a language model: all tokens at once where it tells log-probabilities of a prompt, else JSON.
 * Token by token is for who asks for it: it costs a request per token.
 */
export function preferredSimulator(
  capabilities: Pick<LanguageModel['capabilities'], 'promptLogprobs'>,
): LanguageSimulatorKind {
  return capabilities.promptLogprobs ? 'prompt-logprobs' : 'json';
}

/** The simulator of a language model. JSON works without a schema too. @throws language/not-able */
export function languageSimulator(
  model: LanguageModel,
  kind: LanguageSimulatorKind | 'auto',
  options: LanguageSimulatorOptions = {},
): SimulatorPart {
  switch (kind) {
    case 'auto':
      return languageSimulator(model, preferredSimulator(model.capabilities), options);
    case 'prompt-logprobs':
      if (!model.capabilities.promptLogprobs) throw notAble(model, 'log-probabilities of a prompt');
      return promptLogprobsSimulator(model, options);
    case 'output-logprobs':
      if (!model.capabilities.outputLogprobs) throw notAble(model, 'log-probabilities of a reply');
      return outputLogprobsSimulator(model);
    case 'json':
      return jsonSimulator(model, options);
  }
}

function notAble(model: LanguageModel, what: string): InterpError {
  return new InterpError('language/not-able', `${model.name} tells no ${what}.`, {
    data: { model: model.name },
  });
}
