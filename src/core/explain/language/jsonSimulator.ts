import { isJsonObject, quote } from '../../json.ts';
import { TOP_LEVEL } from '../normalize.ts';
import type { LanguageModel, Simulated, SimulatorPart } from '../parts.ts';
import { FEW_SHOTS } from './fewShots.ts';
import { simulateAtOnce, type LanguageSimulatorOptions } from './simulateAtOnce.ts';
import { failed, simulatedFrom } from './simulated.ts';
import { ACTIVATIONS_SCHEMA, jsonMessages } from './simulatePrompt.ts';

/** Model tokens of one entry `{"token":" word","activation":0},` and some to spare. */
const REPLY_TOKENS_PER_TOKEN = 20;
const REPLY_TOKENS_AROUND = 40;
const THOUGHTS = /<think>[\s\S]*?<\/think>/gi;

/**
 * All tokens in one request, read from a JSON reply that must repeat every token in its place: a changed token or a
 * missing value fails the window. (OpenAI's simulator of this kind put zeros there.)
 */
export function jsonSimulator(model: LanguageModel, options: LanguageSimulatorOptions = {}): SimulatorPart {
  return {
    kind: 'json',
    name: model.name,
    simulate: async (input) => {
      const { tokens } = input.record;
      return simulateAtOnce(model, input, options, {
        shots: FEW_SHOTS.slice(0, 1),
        messages: jsonMessages,
        request: { maxTokens: jsonReplyTokens(tokens.length), schema: ACTIVATIONS_SCHEMA },
        read: ({ text }) => readActivations(text, tokens),
      });
    },
  };
}

/** Room for the reply to a window. */
export function jsonReplyTokens(tokens: number): number {
  return REPLY_TOKENS_AROUND + REPLY_TOKENS_PER_TOKEN * tokens;
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
