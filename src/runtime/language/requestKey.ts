import { createHash } from 'node:crypto';
import type { LanguageRequest } from '../../core/explain/parts.ts';

/** Raised when a request of the same content is sent in another form. */
const VERSION = 1;

/** What a request asks, without who asks it or how its answer is told. */
export type RequestContent = Pick<
  LanguageRequest,
  | 'messages'
  | 'maxTokens'
  | 'temperature'
  | 'topLogprobs'
  | 'promptLogprobs'
  | 'promptAlternativesOf'
  | 'schema'
  | 'sample'
>;

/**
 * SHA-256 of the content of a request: where it goes (base URL, model, how values are asked for), messages, parameters
 * and the number of the sample. Never of the key.
 */
export function requestKey(identity: readonly string[], request: RequestContent): string {
  const { messages, maxTokens, temperature, topLogprobs, promptLogprobs, schema, sample } = request;
  const parameters = [maxTokens, temperature, topLogprobs, promptLogprobs, schema, sample];
  const said = messages.map(({ role, content }) => [role, content]);
  const content = [VERSION, identity, said, parameters, request.promptAlternativesOf ?? null];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
