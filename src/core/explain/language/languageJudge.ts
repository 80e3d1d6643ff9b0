import { quote } from '../../json.ts';
import type { JudgePart, LanguageModel, LanguageReply, LanguageRequest, SimulateInput } from '../parts.ts';
import { plainRequest, replyOrFailure } from './askAll.ts';
import { VALUE_ALTERNATIVES } from './expectedValue.ts';
import { detectMessages, fuzzMessages, pairMessages } from './judgePrompt.ts';
import type { Messages } from './messages.ts';

type Judged = { readonly probability: number } | { readonly failure: string };

/** A digit, and room for models that put a word before it. */
const ANSWER_TOKENS = 5;
const THOUGHTS = /<think>[\s\S]*?<\/think>/gi;
const PLAIN_ANSWER = /^[\s"'*(]*(1|0|yes|no)\b/i;

/** Asks yes-or-no questions: P(1) / (P(0) + P(1)) where the server tells log-probabilities, else the digit itself. */
export function languageJudge(model: LanguageModel): JudgePart {
  const judge = async (
    input: SimulateInput,
    purpose: LanguageRequest['purpose'],
    messages: Messages,
  ): Promise<Judged> => {
    const topLogprobs = model.capabilities.outputLogprobs ? VALUE_ALTERNATIVES : 0;
    const request = { purpose, messages, maxTokens: ANSWER_TOKENS, topLogprobs } as const;
    const answer = await replyOrFailure(model.ask(plainRequest(input, request)));
    return 'failure' in answer ? answer : yesProbability(answer.reply);
  };
  return {
    name: model.name,
    detect: async (input) =>
      judge(input, 'detect', detectMessages(input.explained.words, input.record.tokens)),
    fuzz: async (input) => {
      const { words } = input.explained;
      return judge(input, 'fuzz', fuzzMessages(words, input.record.tokens, input.marked));
    },
    pair: async (input) => {
      const { query, key, explained, record } = input;
      return judge(input, 'pairs', pairMessages(explained.words, { tokens: record.tokens, query, key }));
    },
  };
}

/** Probability of yes from the first token's alternatives `1` and `0`, else 1 or 0 from a plain reply. */
export function yesProbability({
  text,
  outputLogprobs,
}: Pick<LanguageReply, 'text' | 'outputLogprobs'>): Judged {
  const alternatives = outputLogprobs?.[0]?.alternatives ?? [];
  const mass = (digit: string): number =>
    alternatives.reduce(
      (sum, { token, logprob }) => sum + (token.trim() === digit ? Math.exp(logprob) : 0),
      0,
    );
  const yes = mass('1');
  const no = mass('0');
  if (yes + no > 0) return { probability: yes / (yes + no) };
  const plain = PLAIN_ANSWER.exec(text.replace(THOUGHTS, ''))?.[1]?.toLowerCase();
  if (plain === undefined) return { failure: `The answer is neither 1 nor 0: ${quote(text)}.` };
  return { probability: plain === '1' || plain === 'yes' ? 1 : 0 };
}
