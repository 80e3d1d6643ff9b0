import { isJsonObject, quote } from '../../json.ts';
import { TOP_LEVEL } from '../normalize.ts';
import type { LanguageModel, Simulated, SimulateInput, SimulatorPart } from '../parts.ts';
import { plainRequest, replyOrFailure } from './askAll.ts';
import { DEFAULT_CONTEXT, fitContext } from './fitContext.ts';
import { FEW_SHOTS } from './fewShots.ts';
import { failed, simulatedFrom, tooLong, type LanguageSimulatorOptions } from './simulated.ts';
import { ACTIVATIONS_SCHEMA, jsonMessages } from './simulatePrompt.ts';

/** Model tokens of one entry `{"token":" word","activation":0},` and some to spare. */
const REPLY_TOKENS_PER_TOKEN = 20;
const REPLY_TOKENS_AROUND = 40;
const THOUGHTS = /<think>[\s\S]*?<\/think>/gi;

/**
 * All tokens in one request, read from a JSON reply that must repeat every token in its place: a changed token or a
 * missing value fails the window. (OpenAI's simulator of this kind put zeros there.)
 */
export function jsonSimulator(
  model: LanguageModel,
  { contextTokens = DEFAULT_CONTEXT }: LanguageSimulatorOptions = {},
): SimulatorPart {
  return { kind: 'json', name: model.name, simulate: async (input) => simulate(model, input, contextTokens) };
}

/** Room for the reply to a window. */
export function jsonReplyTokens(tokens: number): number {
  return REPLY_TOKENS_AROUND + REPLY_TOKENS_PER_TOKEN * tokens;
}

async function simulate(
  model: LanguageModel,
  { explained, record, ...context }: SimulateInput,
  contextTokens: number,
): Promise<Simulated> {
  const subject = { words: explained.words, tokens: record.tokens };
  const maxTokens = jsonReplyTokens(record.tokens.length);
  const room = { contextTokens, replyTokens: maxTokens };
  const { messages, note, fits } = fitContext(
    { shots: FEW_SHOTS.slice(0, 1), records: [subject] },
    room,
    ({ shots }) => jsonMessages(subject, shots),
  );
  if (!fits) return failed(tooLong(contextTokens));
  const request = { purpose: 'simulate', messages, maxTokens, schema: ACTIVATIONS_SCHEMA } as const;
  const answer = await replyOrFailure(model.ask(plainRequest({ ...context, note }, request)));
  return 'failure' in answer ? failed(answer.failure) : readActivations(answer.reply.text, record.tokens);
}

/** Reads a reply against the tokens that were sent; a fence or words around the JSON are allowed, nothing else is. */
export function readActivations(reply: string, tokens: readonly string[]): Simulated {
  const value = jsonIn(reply);
  const entries = isJsonObject(value) ? value['activations'] : value;
  if (!Array.isArray(entries)) return failed(`The reply holds no list "activations": ${quote(reply)}.`);
  if (entries.length !== tokens.length) {
    return failed(`The reply has ${entries.length} tokens, the window ${tokens.length}.`);
  }
  const values: (number | null)[] = [];
  for (const [at, token] of tokens.entries()) {
    const entry: unknown = entries[at];
    const said = isJsonObject(entry) ? entry['token'] : undefined;
    if (!isJsonObject(entry) || said !== token) {
      return failed(`The reply changed token ${at}: ${quote(token)} became ${quote(said ?? entry)}.`);
    }
    values.push(levelOf(entry['activation']));
  }
  return simulatedFrom(tokens, values);
}

function levelOf(value: unknown): number | null {
  const level = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof level === 'number' && level >= 0 && level <= TOP_LEVEL ? level : null;
}

/** The outermost JSON value in a reply; undefined when there is none. */
function jsonIn(reply: string): unknown {
  const text = reply.replace(THOUGHTS, '');
  for (const [open, close] of [
    ['{', '}'],
    ['[', ']'],
  ] as const) {
    const from = text.indexOf(open);
    const to = text.lastIndexOf(close);
    if (from < 0 || to < from) continue;
    try {
      return JSON.parse(text.slice(from, to + 1));
    } catch {
      // Not this bracket: perhaps a bare list.
    }
  }
  return undefined;
}
