import { isJsonObject, quote, type JsonObject } from '../../core/json.ts';
import type { LanguageReply, LanguageRequest, TokenLogprobs } from '../../core/explain/parts.ts';
import { joinedText } from '../../core/explain/language/messages.ts';
import type { Usage } from './budget.ts';
import { extraTokens, type Dialect, type PromptForm } from './dialect.ts';

/** A body and where it goes. */
export interface WireRequest {
  readonly path: '/chat/completions' | '/completions';
  readonly body: JsonObject;
}

/** What a server answered: a reply, or the reason why it cannot be used. Both may have cost something. */
export type WireAnswer = { readonly usage: Usage | null } & (
  | { readonly reply: LanguageReply; readonly failure: null }
  | { readonly reply: null; readonly failure: string }
);

/** A request of chat completions, which every compatible server speaks. */
export function chatBody(model: string, request: LanguageRequest, dialect: Dialect): WireRequest {
  const { messages, maxTokens, temperature, topLogprobs, schema } = request;
  const alternatives = Math.min(topLogprobs, dialect.topLogprobs);
  const body = {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    [dialect.maxTokens]: maxTokens + extraTokens(dialect),
    ...(dialect.temperature ? { temperature } : {}),
    ...(alternatives > 0 ? { logprobs: true, top_logprobs: alternatives } : {}),
    ...(schema !== null && dialect.schema ? { response_format: schemaFormat(schema) } : {}),
  };
  return { path: '/chat/completions', body };
}

export function schemaFormat(schema: JsonObject): JsonObject {
  return { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } };
}

/** A request for the log-probabilities of a prompt, which is sent as one text. */
export function promptBody(model: string, prompt: string, form: PromptForm): WireRequest {
  const common = { model, prompt, temperature: 0 };
  const body =
    form.kind === 'echo'
      ? { ...common, max_tokens: form.maxTokens, echo: true, logprobs: form.alternatives }
      : { ...common, max_tokens: 1, prompt_logprobs: form.alternatives, return_token_ids: true };
  return { path: '/completions', body };
}

export function promptTextOf(request: Pick<LanguageRequest, 'messages'>): string {
  return joinedText(request.messages);
}

/** Whether a model thought before it answered, or used up its tokens by thinking. */
export function hasThought(value: unknown): boolean {
  const { choice } = readChoice(value);
  const message = choice?.['message'];
  if (choice === null || !isJsonObject(message)) return false;
  const { content, reasoning, reasoning_content: other } = message;
  const apart = [reasoning, other].some((text) => typeof text === 'string' && text !== '');
  const ranOut = (content === '' || content === null) && choice['finish_reason'] === 'length';
  return apart || ranOut || (typeof content === 'string' && content.trimStart().startsWith('<think>'));
}

/** Reads an answer of chat completions. */
export function readChat(value: unknown): WireAnswer {
  const { choice, usage, failure } = readChoice(value);
  if (choice === null) return { reply: null, failure, usage };
  const message = isJsonObject(choice['message']) ? choice['message'] : {};
  const text = typeof message['content'] === 'string' ? message['content'] : '';
  const outputLogprobs = chatLogprobs(choice['logprobs']);
  if (text !== '') return { reply: { text, outputLogprobs, promptLogprobs: null }, failure: null, usage };
  return { reply: null, failure: emptyReason(choice, message), usage };
}

function emptyReason(choice: JsonObject, message: JsonObject): string {
  const refusal = message['refusal'];
  if (typeof refusal === 'string' && refusal !== '') return `The model declined: ${quote(refusal)}.`;
  if (choice['finish_reason'] === 'length') return 'The reply reached its length before it began.';
  if (choice['finish_reason'] === 'content_filter') return "The reply was stopped by the server's filter.";
  return 'The reply is empty.';
}

/** Reads an answer of completions for the log-probabilities of its prompt. */
export function readPrompt(value: unknown, form: PromptForm, alternativesOf: string | undefined): WireAnswer {
  const { choice, usage, failure } = readChoice(value);
  if (choice === null) return { reply: null, failure, usage };
  const all = form.kind === 'echo' ? echoLogprobs(choice['logprobs']) : vllmLogprobs(choice);
  if (all === null)
    return { reply: null, failure: 'The reply has no log-probabilities of the prompt.', usage };
  const wanted = (token: string): boolean =>
    alternativesOf === undefined || (token.trim() !== '' && alternativesOf.startsWith(token.trim()));
  const promptLogprobs = all.map((each) => (wanted(each.token) ? each : { ...each, alternatives: [] }));
  return { reply: { text: '', outputLogprobs: null, promptLogprobs }, failure: null, usage };
}

function readChoice(value: unknown): {
  readonly choice: JsonObject | null;
  readonly failure: string;
  readonly usage: Usage | null;
} {
  if (!isJsonObject(value)) {
    return { choice: null, failure: `The answer is not a JSON object: ${quote(value)}.`, usage: null };
  }
  const choices = value['choices'];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const usage = readUsage(value['usage']);
  if (isJsonObject(choice)) return { choice, failure: '', usage };
  return { choice: null, failure: `The answer has no choice: ${quote(value)}.`, usage };
}

function readUsage(value: unknown): Usage | null {
  if (!isJsonObject(value)) return null;
  const count = (name: string): number => {
    const number = value[name];
    return typeof number === 'number' && number >= 0 && Number.isFinite(number) ? number : 0;
  };
  return { promptTokens: count('prompt_tokens'), completionTokens: count('completion_tokens') };
}

/** `{content: [{token, top_logprobs: [{token, logprob}]}]}`; some servers tell them as completions do. */
function chatLogprobs(value: unknown): readonly TokenLogprobs[] | null {
  const content = isJsonObject(value) ? value['content'] : null;
  if (!Array.isArray(content) || content.length === 0) return echoLogprobs(value);
  return content.filter(isJsonObject).map((entry) => {
    const top = entry['top_logprobs'];
    const alternatives = Array.isArray(top) && top.length > 0 ? top : [entry];
    return {
      token: textOf(entry['token']),
      alternatives: sorted(alternatives.filter(isJsonObject).flatMap(alternative)),
    };
  });
}

function alternative(entry: JsonObject): TokenLogprobs['alternatives'] {
  const { token, logprob } = entry;
  return typeof token === 'string' && typeof logprob === 'number' ? [{ token, logprob }] : [];
}

/** `{tokens: […], top_logprobs: [null, {token: logprob}, …]}`: the prompt's tokens come first. */
function echoLogprobs(value: unknown): readonly TokenLogprobs[] | null {
  if (!isJsonObject(value)) return null;
  const { tokens, top_logprobs: top } = value;
  if (!Array.isArray(tokens) || !Array.isArray(top) || !top.some(isJsonObject)) return null;
  return tokens.map((token, at) => {
    const entries: unknown = top[at];
    return { token: textOf(token), alternatives: sorted(isJsonObject(entries) ? mapEntries(entries) : []) };
  });
}

function mapEntries(entries: JsonObject): TokenLogprobs['alternatives'] {
  return Object.entries(entries).flatMap(([token, logprob]) =>
    typeof logprob === 'number' ? [{ token, logprob }] : [],
  );
}

/** `prompt_logprobs: [null, {id: {logprob, decoded_token}}, …]`; `prompt_token_ids` says which one the prompt has. */
function vllmLogprobs(choice: JsonObject): readonly TokenLogprobs[] | null {
  const { prompt_logprobs: entries, prompt_token_ids: ids } = choice;
  if (!Array.isArray(entries) || !Array.isArray(ids) || ids.length !== entries.length) return null;
  return entries.map((entry: unknown, at) => {
    if (!isJsonObject(entry)) return { token: '', alternatives: [] };
    const decoded = (each: unknown): TokenLogprobs['alternatives'] =>
      isJsonObject(each) ? alternative({ token: each['decoded_token'], logprob: each['logprob'] }) : [];
    const own = decoded(entry[String(ids[at])])[0];
    return { token: own?.token ?? '', alternatives: sorted(Object.values(entry).flatMap(decoded)) };
  });
}

function sorted(alternatives: TokenLogprobs['alternatives']): TokenLogprobs['alternatives'] {
  return [...alternatives].sort((a, b) => b.logprob - a.logprob);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
