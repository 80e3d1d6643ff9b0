import type { Cost, SimulatorKind } from '../explanation.ts';
import { explainMessages } from './explainPrompt.ts';
import { FEW_SHOTS } from './fewShots.ts';
import { explainHeadMessages } from './headPrompt.ts';
import { HEAD_SHOTS, type PairExcerpt } from './headShots.ts';
import { jsonReplyTokens } from './jsonSimulator.ts';
import { detectMessages, fuzzMessages, pairMessages } from './judgePrompt.ts';
import { messageLength, type Messages } from './messages.ts';
import { sentencesMessages } from './revisePrompt.ts';
import { allTokensMessages, jsonMessages, lastTokenMessages } from './simulatePrompt.ts';

/** What is asked of a language model for one unit. */
export interface UnitPlan {
  readonly kind: 'neuron' | 'latent' | 'head';
  /** Explanations asked for; 0 = the words are there already. */
  readonly samples: number;
  /** Records that an explainer is shown. */
  readonly trainRecords: number;
  /** Null and offline simulators ask nothing. */
  readonly simulator: SimulatorKind | null;
  /** Windows simulated: calibration and test, once for each explanation that is scored. */
  readonly simulated: number;
  /** Questions of the detection, fuzzing and pair judges. */
  readonly detected: number;
  readonly fuzzed: number;
  readonly pairs: number;
  /** Whether sentences are written and the words revised (their simulation counts as `simulated`). */
  readonly revised: boolean;
  /** Tokens of a window. */
  readonly windowTokens: number;
}

/** What a run will cost, estimated before anything is sent, when nothing is answered from the cache. */
export interface LanguageEstimate extends Cost {
  /** Worth asking about first. */
  readonly large: boolean;
}

/** The common rule of thumb for English; lists of tokens and digits take more. */
const CHARACTERS_PER_TOKEN = 4;
const LARGE_REQUESTS = 100;
const LARGE_TOKENS = 100_000;
/** Characters of a token of GPT-2's vocabulary in prose, its space included. */
const TOKEN = ' word';
const WORDS = 'words for storms, rain and other rough weather';
/** Tokens of a sentence in a reply, and of ten sentences. */
const SENTENCE_TOKENS = 20;
const SENTENCES_TOKENS = 200;

/** Tokens of a text, estimated at one per four characters. */
export function estimateTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** What one unit will cost when nothing is answered from the cache. Tokens are estimated: characters / 4. */
export function estimateUnit(plan: UnitPlan): Cost {
  const tokens = Array.from({ length: plan.windowTokens }, () => TOKEN);
  const pair: PairExcerpt = { tokens, query: Math.max(0, tokens.length - 1), key: 0 };
  const none = tokens.map(() => false);
  return sum([
    repeated(plan.samples, explainExample(plan, tokens, pair), SENTENCE_TOKENS),
    repeated(plan.simulated, simulation(plan.simulator, tokens)),
    repeated(plan.detected, detectMessages(WORDS, tokens), 1),
    repeated(plan.fuzzed, fuzzMessages(WORDS, tokens, none), 1),
    repeated(plan.pairs, pairMessages(WORDS, pair), 1),
    ...(plan.revised
      ? [
          repeated(1, sentencesMessages(WORDS), SENTENCES_TOKENS),
          repeated(1, explainExample(plan, tokens, pair), SENTENCE_TOKENS),
        ]
      : []),
  ]);
}

/** The cost of many units, by how many there are of each plan. */
export function estimateRun(
  plans: readonly { readonly plan: UnitPlan; readonly units: number }[],
): LanguageEstimate {
  const cost = sum(plans.map(({ plan, units }) => times(estimateUnit(plan), units)));
  const tokens = cost.promptTokens + cost.completionTokens;
  return { ...cost, large: cost.requests > LARGE_REQUESTS || tokens > LARGE_TOKENS };
}

function explainExample(
  { kind, trainRecords }: UnitPlan,
  tokens: readonly string[],
  pair: PairExcerpt,
): Messages {
  if (kind === 'head') {
    return explainHeadMessages({
      shots: HEAD_SHOTS,
      records: Array.from({ length: trainRecords }, () => pair),
    });
  }
  const record = { tokens, levels: tokens.map(() => 0) };
  return explainMessages({ shots: FEW_SHOTS, records: Array.from({ length: trainRecords }, () => record) });
}

/** One window. */
function simulation(simulator: SimulatorKind | null, tokens: readonly string[]): Cost {
  const subject = { words: WORDS, tokens };
  switch (simulator) {
    case 'json':
      return repeated(1, jsonMessages(subject), jsonReplyTokens(tokens.length) / 2);
    case 'prompt-logprobs':
      return repeated(1, allTokensMessages(subject), 1);
    case 'output-logprobs': {
      const requests = tokens.map((_, at) => {
        const messages = lastTokenMessages({ words: WORDS, tokens: tokens.slice(0, at + 1) });
        return repeated(1, messages, 1);
      });
      return sum(requests);
    }
    case 'words':
    case 'pattern':
    case 'concepts':
    case 'judge':
    case 'imported':
    case null:
      return sum([]);
  }
}

function repeated(count: number, each: Messages | Cost, replyTokens = 0): Cost {
  if ('requests' in each) return times(each, count);
  const promptTokens = estimateTokens(messageLength(each));
  return times({ requests: 1, promptTokens, completionTokens: Math.ceil(replyTokens) }, count);
}

function times(cost: Cost, count: number): Cost {
  return {
    requests: cost.requests * count,
    promptTokens: cost.promptTokens * count,
    completionTokens: cost.completionTokens * count,
  };
}

function sum(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (all, cost) => ({
      requests: all.requests + cost.requests,
      promptTokens: all.promptTokens + cost.promptTokens,
      completionTokens: all.completionTokens + cost.completionTokens,
    }),
    { requests: 0, promptTokens: 0, completionTokens: 0 },
  );
}
