import type {
  ExplainedRecord,
  LanguageModel,
  LanguageReply,
  LanguageRequest,
} from '../../src/core/explain/parts.ts';

export interface ScriptedModel extends LanguageModel {
  readonly requests: readonly LanguageRequest[];
}

/** A language model that answers what a function says, in this process. Every exchange costs one token each way. */
export function scriptedModel(
  script: (request: LanguageRequest) => Partial<LanguageReply> | Error,
  capabilities: Partial<LanguageModel['capabilities']> = {},
): ScriptedModel {
  const requests: LanguageRequest[] = [];
  return {
    name: 'scripted',
    capabilities: { promptLogprobs: true, outputLogprobs: true, json: true, ...capabilities },
    requests,
    ask: async (request) => {
      requests.push(request);
      const said = script(request);
      if (said instanceof Error) throw said;
      const reply = { text: '', outputLogprobs: null, promptLogprobs: null, ...said };
      const { purpose, messages } = request;
      const cost = { promptTokens: 1, completionTokens: 1 };
      request.onCall({ purpose, messages, reply: reply.text, cached: false, ...cost, error: null });
      return reply;
    },
  };
}

/** A window as explainers get it. */
export function explainedRecord(
  tokens: readonly string[],
  activations: readonly number[],
  changes: Partial<ExplainedRecord> = {},
): ExplainedRecord {
  return {
    sequence: 0,
    ids: tokens.map((_, index) => index),
    activations: Float32Array.from(activations),
    pairs: null,
    set: 'top',
    tokens,
    source: 'test',
    concepts: null,
    ...changes,
  };
}
