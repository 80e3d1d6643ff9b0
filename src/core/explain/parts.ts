import type { Unit } from '../model/units.ts';
import type { ActivationRecord } from '../records/records.ts';
import type { BinaryScores, ExplainerKind, Failure, LanguageCall, SimulatorKind } from './explanation.ts';

/** One window with its text, as explainers and simulators get it. */
export interface ExplainedRecord extends ActivationRecord {
  readonly set: 'top' | 'random';
  /** Texts of the tokens; tokens that end inside a character carry the replacement sign. */
  readonly tokens: readonly string[];
  readonly source: string;
  /** Concept ids of each token, where the embedded generator wrote the window; else null. */
  readonly concepts: readonly ReadonlySet<string>[] | null;
}

/** What each record of a unit is used for; no window is in two of them. */
export interface SplitRecords {
  /** Top records only: what explains. */
  readonly train: readonly ExplainedRecord[];
  /** Top and random: what a simulator is calibrated on. */
  readonly calibration: readonly ExplainedRecord[];
  /** Top and random: what scores. */
  readonly test: readonly ExplainedRecord[];
}

/** Words for a unit, or a trie for it, or both. */
export interface Explained {
  readonly words: string;
  /** N2G: the trie as text. */
  readonly pattern: string | null;
}

/** Runs the real model on token sequences and answers one unit's activations, [tokens] each. */
export type ActivationsOf = (
  sequences: readonly (readonly number[])[],
  signal?: AbortSignal,
) => Promise<readonly Float32Array[]>;

/** What an explainer works with. */
export interface ExplainInput {
  readonly unit: Unit;
  readonly train: readonly ExplainedRecord[];
  /** Random windows to count against: they belong to no split that calibrates or scores. */
  readonly contrast: readonly ExplainedRecord[];
  readonly activationsOf: ActivationsOf;
  /** Text of a token. */
  readonly text: (id: number) => string;
  /** A plain token to pad with, the BOS token or null. */
  readonly padId: number;
  readonly bosId: number | null;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Called with every exchange of a language model. */
  readonly onCall: (call: LanguageCall) => void;
}

/** Explainers that count against the contrast windows too; the others read train records alone. */
export const READS_CONTRAST: ReadonlySet<ExplainerKind> = new Set(['summary', 'concepts']);

/** Turns records of a unit into words. */
export interface ExplainerPart {
  readonly kind: ExplainerKind;
  readonly name: string;
  /** Candidates, best first by the explainer's own judgement. @throws explain/nothing-found, language/* */
  explain(input: ExplainInput): Promise<readonly Explained[]>;
}

/** Simulated activations of one window on any scale (calibration follows), or why there are none. */
export type Simulated =
  | { readonly values: Float32Array; readonly failure: null }
  | { readonly values: null; readonly failure: string };

/** What a simulator is given: words and a window, never the window's activations. */
export interface SimulateInput {
  /** All that the simulator may know of the unit. */
  readonly explained: Explained;
  readonly record: Pick<ExplainedRecord, 'ids' | 'tokens' | 'sequence' | 'concepts'>;
  readonly text: (id: number) => string;
  readonly signal: AbortSignal;
  readonly onCall: (call: LanguageCall) => void;
}

/** Turns words back into activations. */
export interface SimulatorPart {
  readonly kind: SimulatorKind;
  readonly name: string;
  /** Never throws for a reply that cannot be used: that is a failure of the window. @throws language/*, cancelled */
  simulate(input: SimulateInput): Promise<Simulated>;
}

/** Answers yes-or-no questions from the words alone. Probability of yes, 0..1, or why there is none. */
export interface JudgePart {
  readonly name: string;
  /** Does the unit fire anywhere in this window? */
  detect(input: SimulateInput): Promise<{ readonly probability: number } | { readonly failure: string }>;
  /** Are the marked tokens those on which it fires? */
  fuzz(
    input: SimulateInput & { readonly marked: readonly boolean[] },
  ): Promise<{ readonly probability: number } | { readonly failure: string }>;
  /** Heads: does the head attend from the marked query to the marked key? */
  pair(
    input: SimulateInput & { readonly query: number; readonly key: number },
  ): Promise<{ readonly probability: number } | { readonly failure: string }>;
}

/** What a binary scorer found. */
export interface BinaryResult {
  readonly scores: BinaryScores | null;
  readonly failures: readonly Failure[];
}

/** Asks a language model. One exchange; retries, cache, budget and backoff are inside. */
export interface LanguageModel {
  /** `gpt-4o`. */
  readonly name: string;
  readonly capabilities: {
    readonly promptLogprobs: boolean;
    readonly outputLogprobs: boolean;
    readonly json: boolean;
  };
  /** @throws language/*, cancelled */
  ask(request: LanguageRequest): Promise<LanguageReply>;
}

/** One request to a language model, whatever the server. */
export interface LanguageRequest {
  readonly purpose: LanguageCall['purpose'];
  readonly messages: LanguageCall['messages'];
  /** What was left out of the messages to fit the model's context; told with the call. */
  readonly note?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  /** Alternatives per output token; 0 = none asked for. */
  readonly topLogprobs: number;
  /** Ask for log-probabilities of the prompt's own tokens, sent as one text (`messages` joined by the adapter). */
  readonly promptLogprobs: boolean;
  /** Prompt tokens whose alternatives are wanted: those that begin this text. Absent = all. */
  readonly promptAlternativesOf?: string;
  /** JSON schema of the reply, where the server can. */
  readonly schema: Readonly<Record<string, unknown>> | null;
  /** Number of this sample among equal requests: a part of the cache's key. */
  readonly sample: number;
  readonly signal: AbortSignal;
  readonly onCall: (call: LanguageCall) => void;
}

/** One token of a prompt or of a reply with its alternatives, most likely first. */
export interface TokenLogprobs {
  readonly token: string;
  readonly alternatives: readonly { readonly token: string; readonly logprob: number }[];
}

/** What came back, with log-probabilities (nats) where the server gives them. */
export interface LanguageReply {
  readonly text: string;
  /** Null where none were asked for or none came. */
  readonly outputLogprobs: readonly TokenLogprobs[] | null;
  readonly promptLogprobs: readonly TokenLogprobs[] | null;
}
