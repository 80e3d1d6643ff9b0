import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import {
  fakePromptAlternatives,
  fakeReply,
  fakeTokens,
  type FakeReply,
  type WireMessage,
} from './fakeLanguageModel.ts';

/** What goes wrong with one exchange. */
export type Mishap =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The body ends in the middle of its JSON. */
  | { readonly kind: 'malformed' }
  /** Half a body, then nothing until the client gives up or the server closes. */
  | { readonly kind: 'stall' }
  /** The whole body, byte by byte. */
  | { readonly kind: 'trickle' }
  /** The connection breaks before, or within, the answer. */
  | { readonly kind: 'drop' | 'drop-half' }
  /** Waits until `release` is called. */
  | { readonly kind: 'hold' }
  /** Refuses and quotes what it was sent as a key. */
  | { readonly kind: 'quote-key' }
  /** Answers with the key in its reply. */
  | { readonly kind: 'say-key' }
  | { readonly kind: 'redirect'; readonly to: string };

export interface ServerTraits {
  /** Log-probabilities of replies: told, silently left out, or refused with 400. */
  readonly logprobs?: 'on' | 'off' | 'refused';
  /** Most alternatives; more are refused with 400. */
  readonly mostLogprobs?: number;
  /** How log-probabilities of a prompt are told. `none`: no completions protocol at all (404). */
  readonly prompt?: 'echo' | 'vllm' | 'ignored' | 'none';
  readonly schema?: 'on' | 'refused';
  /** The only key that is let in; null = no key is asked for. */
  readonly key?: string | null;
  readonly model?: string;
  /** As OpenAI's reasoning models: `max_completion_tokens`, and no temperature. */
  readonly reasoning?: boolean;
  readonly usage?: boolean;
  readonly reply?: (messages: readonly WireMessage[]) => FakeReply;
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: JsonObject;
}

export interface LanguageServer {
  /** `http://127.0.0.1:…/v1` */
  readonly baseUrl: string;
  /** All that arrived, also what was not answered. */
  readonly requests: readonly ReceivedRequest[];
  /** How often each distinct body was answered in full. */
  answered(): ReadonlyMap<string, number>;
  /** The next exchanges go wrong, in this order. */
  next(...mishaps: readonly Mishap[]): void;
  /** Runs when a mishap has begun: a stall has sent half, a hold has arrived. */
  onMishap(listener: (mishap: Mishap) => void): void;
  release(): void;
  close(): Promise<void>;
}

const MODEL = 'fake-1';

/** A server on 127.0.0.1 that speaks the OpenAI protocol (chat and legacy completions) and misbehaves when told to. */
export async function startLanguageServer(traits: ServerTraits = {}): Promise<LanguageServer> {
  const requests: ReceivedRequest[] = [];
  const answered = new Map<string, number>();
  const mishaps: Mishap[] = [];
  const held: (() => void)[] = [];
  let tell: (mishap: Mishap) => void = () => {};
  const server = createServer((message, response) => {
    void serveOne(message, response).catch(() => response.destroy());
  });

  const serveOne = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = await receive(message);
    requests.push(received);
    const mishap = mishaps.shift();
    if (mishap?.kind === 'hold') {
      const released = new Promise<void>((resolve) => held.push(resolve));
      tell(mishap);
      await released;
    }
    if (mishap !== undefined && mishap.kind !== 'hold' && misbehave(mishap, received, response))
      return tell(mishap);
    const { status, body } = answerTo(received, traits, mishap?.kind === 'say-key');
    const text = JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json' });
    if (mishap?.kind === 'trickle') for (const sign of text) response.write(sign);
    else response.write(text);
    response.end();
    const id = createHash('sha256')
      .update(received.path + JSON.stringify(received.body))
      .digest('hex');
    if (status === 200) answered.set(id, (answered.get(id) ?? 0) + 1);
    if (mishap !== undefined && mishap.kind !== 'hold') tell(mishap);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    answered: () => answered,
    next: (...more) => mishaps.push(...more),
    onMishap: (listener) => (tell = listener),
    release: () => held.splice(0).forEach((go) => go()),
    close: async () => closeServer(server),
  };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function receive(message: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  return { path: message.url ?? '', headers: message.headers, body: isJsonObject(body) ? body : {} };
}

/** True when the mishap was the whole answer. */
function misbehave(mishap: Mishap, received: ReceivedRequest, response: ServerResponse): boolean {
  const json = { 'content-type': 'application/json' };
  switch (mishap.kind) {
    case 'status': {
      const message = mishap.message ?? `status ${mishap.status}`;
      response.writeHead(mishap.status, { ...json, ...mishap.headers });
      response.end(JSON.stringify({ error: { message, type: 'error', code: null, param: null } }));
      return true;
    }
    case 'malformed':
      response.writeHead(200, json).end('{"choices": [{"message"');
      return true;
    case 'stall':
      response.writeHead(200, json).write('{"choices": [');
      return true;
    case 'drop':
      response.destroy();
      return true;
    case 'drop-half':
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('{"choices": [', () => response.destroy());
      return true;
    case 'quote-key':
      response.writeHead(401, json);
      response.end(JSON.stringify({ error: { message: `Incorrect API key provided: ${keyOf(received)}.` } }));
      return true;
    case 'redirect':
      response.writeHead(307, { location: mishap.to }).end();
      return true;
    case 'trickle':
    case 'hold':
    case 'say-key':
      return false;
  }
}

function keyOf({ headers }: ReceivedRequest): string {
  const own = headers['api-key'];
  return typeof own === 'string' ? own : (headers.authorization ?? '').replace(/^Bearer /, '');
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

function answerTo(received: ReceivedRequest, traits: ServerTraits, saysKey: boolean): Answer {
  const { body } = received;
  const { key = null, model = MODEL } = traits;
  if (key !== null && keyOf(received) !== key) return refuse(401, 'Incorrect API key provided.');
  if (body['model'] !== model)
    return refuse(404, `The model ${JSON.stringify(body['model'])} does not exist.`);
  const path = received.path.replace(/\?.*$/, '');
  if (path.endsWith('/chat/completions')) return chat(body, traits, saysKey ? keyOf(received) : null);
  if (path.endsWith('/completions')) return completions(body, traits);
  return refuse(404, 'Not found.');
}

function refuse(status: number, message: string): Answer {
  return { status, body: { error: { message, type: 'invalid_request_error', code: null, param: null } } };
}

function chat(body: JsonObject, traits: ServerTraits, said: string | null): Answer {
  const { logprobs = 'on', mostLogprobs = 20, schema = 'on', usage = true } = traits;
  const top = Number(body['top_logprobs'] ?? 0);
  if (traits.reasoning === true && 'max_tokens' in body) {
    return refuse(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
  }
  if (traits.reasoning === true && 'temperature' in body)
    return refuse(400, "Unsupported value: 'temperature'.");
  if (top > 0 && logprobs === 'refused') return refuse(400, 'logprobs are not supported.');
  if (top > mostLogprobs) return refuse(400, `top_logprobs must be at most ${mostLogprobs}.`);
  if ('response_format' in body && schema === 'refused')
    return refuse(400, 'response_format is not supported.');
  const messages = body['messages'] as readonly WireMessage[];
  const isProbe = messages.length === 1 && 'response_format' in body;
  const reply = isProbe ? { text: '{"digit":1}', first: { '{': 1 } } : (traits.reply ?? fakeReply)(messages);
  const content = said === null ? reply.text : `${reply.text} ${said}`;
  const told = top > 0 && logprobs === 'on' ? { content: chatLogprobs(reply, top) } : null;
  const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content }, logprobs: told };
  const tokens = messages.reduce((sum, message) => sum + fakeTokens(message.content).length, 0);
  return {
    status: 200,
    body: whole('chat.completion', body, choice, usage ? usageOf(tokens, content) : null),
  };
}

function chatLogprobs({ text, first }: FakeReply, top: number): JsonObject[] {
  const alternatives = Object.entries(first)
    .slice(0, top)
    .map(([token, probability]) => ({ token, logprob: Math.log(probability), bytes: null }));
  return [{ token: text, logprob: -0.1, bytes: null, top_logprobs: alternatives }];
}

function completions(body: JsonObject, traits: ServerTraits): Answer {
  const { prompt: form = 'none', usage = true } = traits;
  if (form === 'none')
    return refuse(404, 'This is a chat model and not supported in the v1/completions endpoint.');
  const prompt = String(body['prompt']);
  const tokens = fakeTokens(prompt);
  const alternatives = fakePromptAlternatives(prompt);
  const counted = usage ? usageOf(tokens.length, 'x') : null;
  const isEcho = form === 'echo' && body['echo'] === true;
  const own = form === 'vllm' && 'prompt_logprobs' in body ? vllm(tokens, alternatives) : {};
  const logprobs = isEcho ? echo(tokens, alternatives) : null;
  const choice = { index: 0, text: isEcho ? prompt : 'x', finish_reason: 'length', logprobs, ...own };
  return { status: 200, body: whole('text_completion', body, choice, counted) };
}

type Alternatives = readonly (Readonly<Record<string, number>> | null)[];

function echo(tokens: readonly string[], alternatives: Alternatives): JsonObject {
  const top = alternatives.map((each) => each && mapValues(each, Math.log));
  return {
    tokens,
    token_logprobs: top.map((each) => (each ? -1 : null)),
    top_logprobs: top,
    text_offset: [],
  };
}

/** As vLLM: by token id, the prompt's own token among them. */
function vllm(tokens: readonly string[], alternatives: Alternatives): JsonObject {
  const ids = new Map<string, number>();
  const idOf = (token: string): number => {
    const id = ids.get(token) ?? ids.size;
    ids.set(token, id);
    return id;
  };
  const prompt_logprobs = tokens.map((token, at) => {
    const entries = { [token]: 1e-6, ...alternatives[at] };
    const told = Object.entries(entries).map(([text, probability]) => [
      idOf(text),
      { logprob: Math.log(probability), rank: 1, decoded_token: text },
    ]);
    return at === 0 ? null : Object.fromEntries(told);
  });
  return { prompt_token_ids: tokens.map(idOf), prompt_logprobs };
}

function mapValues(entries: Readonly<Record<string, number>>, map: (value: number) => number): JsonObject {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, map(value)]));
}

function usageOf(prompt: number, reply: string): JsonObject {
  const completion = fakeTokens(reply).length;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function whole(object: string, body: JsonObject, choice: JsonObject, usage: JsonObject | null): JsonObject {
  const head = { id: 'fake', object, created: 0, model: body['model'], choices: [choice] };
  return usage === null ? head : { ...head, usage };
}
