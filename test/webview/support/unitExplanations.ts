import type {
  BinaryScores,
  ExplanationRecord,
  LanguageCall,
  ListedExplanation,
  Revision,
  Score,
  ScoreDetail,
  ScoredSequence,
  SimulationScores,
} from '../../../src/core/explain/explanation.ts';
import { EVIL, example } from './unitFixtures.ts';
import { noise } from './noise.ts';

export const score = (value: number): Score => ({
  value,
  low: Number((value - 0.08).toFixed(3)),
  high: Number((value + 0.06).toFixed(3)),
});

function simulation(value: number): SimulationScores {
  return {
    correlation: score(value),
    rSquared: score(value - 0.1),
    absoluteDeviation: score(value - 0.2),
    sequences: 10,
  };
}

function binary(value: number): BinaryScores {
  return { accuracy: score(value), f1: score(value - 0.02), auc: score(value + 0.02), examples: 20 };
}

export function record(change: Partial<ExplanationRecord>): ExplanationRecord {
  return {
    version: 1,
    id: 'e-summary',
    unit: '3-res/412',
    explanation: 'fires on female names after "gave … to"',
    explainer: 'summary',
    explainerKind: 'summary',
    pattern: null,
    simulator: 'words',
    simulatorKind: 'words',
    score: 0.72,
    scores: {
      topAndRandom: simulation(0.72),
      randomOnly: simulation(0.41),
      detection: binary(0.85),
      fuzzing: binary(0.7),
      ablation: { topAndRandom: score(0.63), randomOnly: null },
      pairs: null,
    },
    sequences: 10,
    failures: [{ sequence: 7, reason: 'The reply had 31 tokens for a window of 30.' }],
    cost: { requests: 0, promptTokens: 0, completionTokens: 0 },
    revises: null,
    from: { model: 'm', sae: 's', index: 'i' },
    ...change,
  };
}

export const LISTED: readonly ListedExplanation[] = [
  { record: record({}), stale: null, hasDetail: true },
  {
    record: record({
      id: 'e-n2g',
      explanation: '(gave|handed) … to [name]',
      explainer: 'n2g',
      explainerKind: 'n2g',
      pattern: 'gave\n  ...\n    to',
      simulator: 'pattern',
      simulatorKind: 'pattern',
      score: 0.91,
      scores: {
        topAndRandom: simulation(0.91),
        randomOnly: null,
        detection: null,
        fuzzing: null,
        ablation: null,
        pairs: null,
      },
      failures: [],
    }),
    stale: null,
    hasDetail: false,
  },
  {
    record: record({
      id: 'e-gpt',
      explanation: 'names of women who are given something',
      explainer: 'gpt-4o',
      explainerKind: 'language',
      simulator: 'gpt-4o',
      simulatorKind: 'json',
      score: 0.64,
      cost: { requests: 12, promptTokens: 18_400, completionTokens: 2_100 },
    }),
    stale: 'It was scored on another index.',
    hasDetail: true,
  },
];

const CALL: LanguageCall = {
  purpose: 'explain',
  messages: [
    { role: 'system', content: 'We are studying neurons in a neural network.' },
    { role: 'user', content: `Neuron 1\n<start>\nMary\t10\n${EVIL}\t0\n<end>` },
  ],
  reply: 'names of women who are given something',
  cached: true,
  promptTokens: 640,
  completionTokens: 12,
  error: null,
};

export function detailOf(id: string, unit = '3-res/412'): ScoreDetail {
  const sequences = Array.from({ length: 10 }, (_, i): ScoredSequence => {
    const { tokens, activations, source } = example(unit, i < 5 ? 'top' : 'random', i);
    const failed = i === 7;
    return {
      sequence: i,
      set: i < 5 ? 'top' : 'random',
      source,
      tokens,
      activations: [...activations],
      simulated: failed
        ? null
        : [...activations].map((value, at) => 0.8 * value + 0.3 * noise('simulated', i, at) ** 4),
      score: failed ? null : Number((0.9 - i * 0.05).toFixed(2)),
      failure: failed ? 'The reply had 31 tokens for a window of 30.' : null,
    };
  });
  return {
    id,
    calibration: { kind: 'linear', slope: 0.84, intercept: -0.02 },
    splits: {
      train: [1, 4, 9, 12, 30],
      contrast: [3, 8, 77],
      calibration: [2, 5],
      test: sequences.map(({ sequence }) => sequence),
    },
    sequences,
    calls: id === 'e-gpt' ? [CALL, { ...CALL, purpose: 'simulate', cached: false }] : [],
  };
}

export function revisionOf(before: ExplanationRecord): Revision {
  const after = record({
    ...before,
    id: `${before.id}-revised`,
    explanation: 'names of women in the dative',
  });
  const made = (text: string, asExplained: boolean): Revision['examples'][number] => ({
    text,
    tokens: [text],
    activations: [asExplained ? 3 : 0],
    asExplained,
    use: 'revise',
  });
  return {
    before,
    after,
    kept: 'after',
    heldOut: { before: score(0.5), after: score(0.66) },
    examples: [made('He gave it to Anna', true), made('Anna slept', false)],
  };
}
