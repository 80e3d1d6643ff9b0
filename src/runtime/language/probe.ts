import { isInterpError, type InterpError } from '../../core/errors.ts';
import { isJsonObject } from '../../core/json.ts';
import type { LanguageRequest } from '../../core/explain/parts.ts';
import { estimateTokens } from '../../core/explain/language/estimate.ts';
import type { BaseUrl } from './baseUrl.ts';
import type { Budget, Usage } from './budget.ts';
import { PROMPT_FORMS, type Dialect, type Probed, type PromptForm } from './dialect.ts';
import type { Sender } from './retry.ts';
import {
  chatBody,
  hasThought,
  promptBody,
  readChat,
  readPrompt,
  type WireAnswer,
  type WireRequest,
} from './wire.ts';

export interface ProbeOptions {
  readonly model: string;
  readonly base: BaseUrl;
  readonly sender: Sender;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

/** The fullest way of asking; what a server refuses is taken off. */
const FULL: Dialect = {
  maxTokens: 'max_tokens',
  temperature: true,
  thinks: false,
  topLogprobs: 15,
  schema: true,
  prompt: null,
};
/** Counts of alternatives that are tried. OpenAI allows 20, many others 5. */
const FEWER: Readonly<Record<number, number>> = { 15: 5, 5: 0 };
const MAX_CHANGES = 5;
/** A reasoning model needs some tokens before it says anything. */
const PROBE_TOKENS = 16;
/** A field of the request was not liked. */
const BAD_FIELD: ReadonlySet<number> = new Set([400, 422]);
const PROMPT = 'The sky is blue and the grass is';
/** Nothing predicts the first token, so that some servers leave it out. */
const PROMPT_END = ' blue and the grass is';
const SCHEMA = {
  type: 'object',
  properties: { digit: { type: 'integer' } },
  required: ['digit'],
  additionalProperties: false,
} as const;

/**
 * Finds out by a few tiny requests what a server can do. A server that cannot be asked at all (address, key, model
 * name) is an error; one that lacks an ability is not.
 * @throws language/*, cancelled
 */
export async function probeServer(options: ProbeOptions): Promise<Probed> {
  const spoken = await probeChat(options);
  const schema = await probeSchema(options, spoken);
  const prompt = await probePrompt(options);
  const dialect: Dialect = { ...spoken, schema, prompt };
  const outputLogprobs = dialect.topLogprobs > 0;
  const notes = notesOf(options.base, dialect);
  return { capabilities: { promptLogprobs: prompt !== null, outputLogprobs, json: schema, notes }, dialect };
}

/** A reply at all, and log-probabilities with it. */
async function probeChat(options: ProbeOptions): Promise<Dialect> {
  let dialect = FULL;
  for (let change = 0; ; change++) {
    const request = question({ topLogprobs: dialect.topLogprobs });
    try {
      let thinks = !dialect.temperature;
      const answer = await ask(options, chatBody(options.model, request, dialect), (value) => {
        thinks ||= hasThought(value);
        return readChat(value);
      });
      const tells = (answer.reply?.outputLogprobs?.[0]?.alternatives.length ?? 0) > 1;
      // The first token of a model that thinks is not that of its answer.
      return tells && !thinks ? dialect : { ...dialect, thinks, topLogprobs: 0 };
    } catch (error) {
      const next = isRefusal(error) && change < MAX_CHANGES ? withoutRefused(dialect, error) : null;
      if (next === null) throw error;
      dialect = next;
    }
  }
}

/** The next way of asking after a refusal; null when nothing is left to take off. */
function withoutRefused(dialect: Dialect, { message, data }: InterpError): Dialect | null {
  // OpenAI forbids (403) log-probabilities of some models; any other 403 is about the key.
  if (data['status'] === 403 && message.includes('logprobs')) return { ...dialect, topLogprobs: 0 };
  if (!BAD_FIELD.has(Number(data['status']))) return null;
  if (message.includes('max_tokens') && dialect.maxTokens === 'max_tokens') {
    return { ...dialect, maxTokens: 'max_completion_tokens' };
  }
  if (message.includes('temperature') && dialect.temperature) return { ...dialect, temperature: false };
  const fewer = FEWER[dialect.topLogprobs];
  return fewer === undefined ? null : { ...dialect, topLogprobs: fewer };
}

async function probeSchema(options: ProbeOptions, dialect: Dialect): Promise<boolean> {
  const request = question({ schema: SCHEMA });
  const answer = await askIfAble(options, chatBody(options.model, request, dialect), readChat);
  try {
    const value: unknown = JSON.parse(answer?.reply?.text ?? '');
    return isJsonObject(value) && typeof value['digit'] === 'number';
  } catch {
    return false;
  }
}

async function probePrompt(options: ProbeOptions): Promise<PromptForm | null> {
  for (const form of PROMPT_FORMS) {
    const read = (value: unknown): WireAnswer => readPrompt(value, form, undefined);
    const answer = await askIfAble(options, promptBody(options.model, PROMPT, form), read);
    const tokens = answer?.reply?.promptLogprobs ?? [];
    const isWhole = tokens
      .map(({ token }) => token)
      .join('')
      .includes(PROMPT_END);
    if (isWhole && tokens.some(({ alternatives }) => alternatives.length > 1)) return form;
  }
  return null;
}

function question(changes: Partial<LanguageRequest>): LanguageRequest {
  return {
    purpose: 'explain',
    messages: [{ role: 'user', content: 'Reply with the digit 1.' }],
    maxTokens: PROBE_TOKENS,
    temperature: 0,
    topLogprobs: 0,
    promptLogprobs: false,
    schema: null,
    sample: 0,
    signal: new AbortController().signal,
    onCall: () => {},
    ...changes,
  };
}

/** Null when the server cannot, or answers what cannot be read. */
async function askIfAble(
  options: ProbeOptions,
  request: WireRequest,
  read: (value: unknown) => WireAnswer,
): Promise<WireAnswer | null> {
  try {
    return await ask(options, request, read);
  } catch (error) {
    const cannot = isRefusal(error) || isInterpError(error, 'language/bad-reply') || isServerError(error);
    if (cannot) return null;
    throw error;
  }
}

async function ask(
  { sender, budget, signal }: ProbeOptions,
  request: WireRequest,
  read: (value: unknown) => WireAnswer,
): Promise<WireAnswer> {
  const length = JSON.stringify(request.body).length;
  const { max_tokens: most = 0, max_completion_tokens: other = 0 } = request.body;
  const largest: Usage = { promptTokens: length, completionTokens: Math.max(Number(most), Number(other)) };
  const room = await budget.reserve(largest, signal);
  let lost = 0;
  let value: unknown;
  try {
    value = await sender.send(request, signal, { serverErrorsAreFinal: true, onLost: () => lost++ });
  } catch (error) {
    room.release(lost);
    throw error;
  }
  const answer = read(value);
  room.settle(answer.usage ?? { promptTokens: estimateTokens(length), completionTokens: 1 });
  return answer;
}

function isRefusal(error: unknown): error is InterpError {
  return isInterpError(error, 'language/refused');
}

function isServerError(error: unknown): boolean {
  return isInterpError(error, 'language/unreachable') && Number(error.data['status']) >= 500;
}

function notesOf(base: BaseUrl, { topLogprobs, schema, prompt, temperature, thinks }: Dialect): string[] {
  return [
    topLogprobs > 0
      ? `Replies come with log-probabilities of ${topLogprobs} alternatives.`
      : 'Replies come without log-probabilities.',
    prompt === null
      ? 'It tells no log-probabilities of a prompt.'
      : `It tells log-probabilities of a prompt (${prompt.kind}, ${prompt.alternatives} alternatives).`,
    schema ? 'Replies can be held to a JSON schema.' : 'Replies cannot be held to a JSON schema.',
    ...(thinks ? ['It thinks before it answers, which costs tokens that no estimate knows.'] : []),
    ...(temperature ? [] : ['It takes no temperature: samples vary as it likes.']),
    ...(base.isEncrypted || base.isLocal
      ? []
      : ['The connection is not encrypted: key and prompts can be read on the way.']),
  ];
}
