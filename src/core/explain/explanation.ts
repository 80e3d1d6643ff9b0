/** Who wrote the words; `imported` ones came from a file or from another tool. */
export const EXPLAINER_KINDS = ['summary', 'n2g', 'concepts', 'language', 'human', 'imported'] as const;
export type ExplainerKind = (typeof EXPLAINER_KINDS)[number];

/**
 * What turned an explanation into activations.
 * `words`: an offline reader of the stored sentence. `pattern`: the trie of N2G: its score is the pattern's, never the
 * words'. `concepts`: the embedded world's own labels (an oracle). The others ask a language model: all tokens at once
 * from prompt log-probabilities, token by token from output log-probabilities, or as JSON. `judge`: nothing was
 * simulated; a language model answered yes-or-no questions from the words (heads; detection or fuzzing alone).
 */
export const SIMULATOR_KINDS = [
  'words',
  'pattern',
  'concepts',
  'prompt-logprobs',
  'output-logprobs',
  'json',
  'judge',
  'imported',
] as const;
export type SimulatorKind = (typeof SIMULATOR_KINDS)[number];

/** A figure with its 95 % interval (bootstrap over sequences, seeded). */
export interface Score {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Simulated against real activations, over the concatenation of all scored sequences. Null = not defined. */
export interface SimulationScores {
  /** Pearson r: the preferred score. 0 where the unit varies and what is read from the words does not. */
  readonly correlation: Score | null;
  /** 1 - mean((t - p)^2) / mean(t^2). */
  readonly rSquared: Score | null;
  /** 1 - mean|t - p| / mean|t|. */
  readonly absoluteDeviation: Score | null;
  readonly sequences: number;
}

/** A yes-or-no question asked of examples. */
export interface BinaryScores {
  readonly accuracy: Score;
  readonly f1: Score | null;
  readonly auc: Score | null;
  readonly examples: number;
}

/** Every score of one explanation; null = not asked for, or not possible for this unit. */
export interface Scores {
  readonly topAndRandom: SimulationScores | null;
  readonly randomOnly: SimulationScores | null;
  /** Does the explanation tell windows with activation from windows without? */
  readonly detection: BinaryScores | null;
  /** Does it tell rightly from wrongly marked tokens? */
  readonly fuzzing: BinaryScores | null;
  /** 1 - E[JSD(simulated, real)] / E[JSD(mean-ablated, real)]. */
  readonly ablation: { readonly topAndRandom: Score | null; readonly randomOnly: Score | null } | null;
  /** Heads: marked pairs against others. */
  readonly pairs: BinaryScores | null;
}

/** Something that was tried and did not work out: shown, never scored as zeros. */
export interface Failure {
  /** Window of the index; null = not about one window. */
  readonly sequence: number | null;
  readonly reason: string;
}

/** What was sent and received, counted by the server where it says so. */
export interface Cost {
  readonly requests: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** What a record was computed from; another one makes it stale. */
export interface Provenance {
  readonly model: string;
  /** Null for neurons and heads. */
  readonly sae: string | null;
  /** Fingerprint of the index' key; null for words that were typed or imported without a score. */
  readonly index: string | null;
}

/** One explanation of one unit with its scores: one line of `.underglass/explanations/{model}/{layer}-{set}.jsonl`. */
export interface ExplanationRecord {
  readonly version: 1;
  /** Hash of unit, explainer, words and pattern: the same words of the same explainer are one record. */
  readonly id: string;
  readonly unit: string;
  readonly explanation: string;
  /** `summary`, `n2g`, `concepts`, `human`, a language model's name, or where it was imported from. */
  readonly explainer: string;
  readonly explainerKind: ExplainerKind;
  /** The trie of N2G as text; null for words. */
  readonly pattern: string | null;
  readonly simulator: string | null;
  readonly simulatorKind: SimulatorKind | null;
  /** The preferred score: correlation over top and random test records (heads: AUC of pairs); null = none. */
  readonly score: number | null;
  /** What the score is of where it is no correlation, as its publishers call it: `fuzz`, `recall`. */
  readonly scoreKind?: string;
  readonly scores: Scores | null;
  /** Test sequences that were scored. */
  readonly sequences: number;
  readonly failures: readonly Failure[];
  readonly cost: Cost;
  /** Id of the record that this one revises. */
  readonly revises: string | null;
  readonly from: Provenance;
}

/** Whose score it is: a trie's, or the words'. A trie that nothing scored as words is a pattern too. */
export function isOfPattern({
  pattern,
  simulatorKind,
}: Pick<ExplanationRecord, 'pattern' | 'simulatorKind'>): boolean {
  return simulatorKind === 'pattern' || (simulatorKind === null && pattern !== null);
}

/** A record as it is listed. */
export interface ListedExplanation {
  readonly record: ExplanationRecord;
  /** Why the record belongs to something else than what is open now; null = it is fresh. */
  readonly stale: string | null;
  /** Whether its sequences are kept, so that `explain/detail` has them. */
  readonly hasDetail: boolean;
  /** Set of others that says it: it is not of the workspace, and is removed with its set alone. */
  readonly published?: string;
}

/** One scored window: the real activations beside the simulated ones. */
export interface ScoredSequence {
  readonly sequence: number;
  readonly set: 'top' | 'random';
  readonly source: string;
  readonly tokens: readonly string[];
  readonly activations: readonly number[];
  /** Calibrated, on the scale of the activations; null = it failed, or nothing was simulated: heads are asked by pairs. */
  readonly simulated: readonly number[] | null;
  /** Correlation within the window; null where it is not defined. */
  readonly score: number | null;
  readonly failure: string | null;
}

/** One exchange with a language model, exactly as sent. */
export interface LanguageCall {
  readonly purpose: 'explain' | 'simulate' | 'detect' | 'fuzz' | 'revise' | 'counter-examples' | 'pairs';
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];
  /** What was left out of the prompt to fit the model's context. */
  readonly note?: string;
  readonly reply: string | null;
  /** Answered from the cache: cost nothing. */
  readonly cached: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly error: string | null;
}

/** How simulated values became activations: `slope * value + intercept`, or rank for rank, straight lines between `points`. */
export type Calibration =
  | { readonly kind: 'none' }
  | { readonly kind: 'linear'; readonly slope: number; readonly intercept: number }
  | { readonly kind: 'percentile'; readonly points: number };

/** The evidence behind a score: kept in the storage folder, not in the workspace. */
export interface ScoreDetail {
  readonly id: string;
  readonly calibration: Calibration;
  /** Windows by what they were used for: nothing that explained or calibrated also scored. */
  readonly splits: {
    readonly train: readonly number[];
    /** Random windows that the explainer counted against; absent in what was kept before they were told apart. */
    readonly contrast?: readonly number[];
    readonly calibration: readonly number[];
    readonly test: readonly number[];
  };
  readonly sequences: readonly ScoredSequence[];
  readonly calls: readonly LanguageCall[];
}

/** A sentence made up to try an explanation, and what the real model did with it. */
export interface CounterExample {
  readonly text: string;
  readonly tokens: readonly string[];
  readonly activations: readonly number[];
  /** Whether the unit was active where the explanation says it should be, or silent where it should. */
  readonly asExplained: boolean;
  /** Used to revise with, or kept back to score. */
  readonly use: 'revise' | 'score';
}

/** What a revision brought. */
export interface Revision {
  readonly before: ExplanationRecord;
  readonly after: ExplanationRecord;
  /** Which of the two scored better on windows and sentences that neither has seen. */
  readonly kept: 'before' | 'after';
  readonly heldOut: { readonly before: Score | null; readonly after: Score | null };
  readonly examples: readonly CounterExample[];
}
