import type { WordsOfUnit } from '../trace/words.ts';
import type { ActivationRecord, RecordSet } from './records.ts';
import type { UnitStatistics } from './statistics.ts';

/** A record with its text: one row of an examples list. A person's own text has `sequence` -1. */
export interface ExampleReading extends ActivationRecord {
  readonly source: string;
  /** Texts of the tokens, the special token as it is typed. */
  readonly tokens: readonly string[];
  /** Loss at each token with the unit removed minus with it, nats, where a publisher says so. */
  readonly lossWithout?: readonly number[];
  /** Where the largest activation is (heads: the query), and for heads the key. */
  readonly position: number;
  readonly key: number | null;
}

/** One list of a unit page's examples. */
export interface ExampleGroup {
  readonly set: RecordSet;
  /** `Top activations`, `Random windows`, `2.1 to 4.0 (0.3 % of windows)`. */
  readonly title: string;
  /** What must be known of the numbers, where they are not of the model that is open. */
  readonly note?: string;
  /** How many there are; `examples` may be fewer. */
  readonly total: number;
  readonly examples: readonly ExampleReading[];
}

/** A token with a number. */
export interface TokenWeight {
  readonly id: number;
  readonly text: string;
  readonly value: number;
}

/** What a unit writes to the output tokens and reads from the input tokens, by its weights alone. */
export interface UnitLogits {
  /** Write direction * ln_final gain @ W_U, minus its mean over the vocabulary. Null for heads. */
  readonly output: { readonly top: readonly TokenWeight[]; readonly bottom: readonly TokenWeight[] } | null;
  /** Over the whole vocabulary; bins of equal width from `min`. */
  readonly outputHistogram: {
    readonly min: number;
    readonly width: number;
    readonly counts: readonly number[];
  } | null;
  /** W_E rows through the gain of the LayerNorm that the unit reads, dotted with its input direction. */
  readonly input: { readonly top: readonly TokenWeight[]; readonly bottom: readonly TokenWeight[] } | null;
  /** How each was computed, one sentence. */
  readonly notes: readonly string[];
}

/** A unit beside the one that is shown; `value`: weight, correlation or cosine, as its list says. */
export interface RelatedUnit {
  /** `L5N123`. */
  readonly id: string;
  readonly value: number;
  readonly known: WordsOfUnit | null;
}

/** Units that belong together with one. Each list by |value|, falling. */
export interface RelatedUnits {
  /**
   * Write direction of the other . gain . read direction of this one, over the neurons and latents that write before
   * it reads. Of a latent of an MLP's output: the neurons of that MLP, which are all that it reads.
   */
  readonly upstream: readonly RelatedUnit[];
  /** The same the other way round. Both are empty for heads. */
  readonly downstream: readonly RelatedUnit[];
  /** Pearson correlation of activations over the index' random windows without BOS, same family. */
  readonly coactive: readonly RelatedUnit[];
  /** Cosine of the write directions, same family. */
  readonly cosine: readonly RelatedUnit[];
}

/** Scores of an attention head, each a mean weight of the pattern, 0..1; entropy in nats. */
export interface HeadBehaviour {
  /** On repeated random tokens. */
  readonly previousToken: number;
  readonly duplicateToken: number;
  readonly induction: number;
  readonly firstToken: number;
  readonly entropy: number;
  /** Query and key tokens with the largest mean value over the windows kept of the head; those seen once come last. */
  readonly topPairs: readonly {
    readonly query: string;
    readonly key: string;
    readonly value: number;
    readonly count: number;
  }[];
}

/** What removing one latent does to one text; every array per token. */
export interface RemovalEffects {
  readonly tokens: readonly string[];
  readonly activations: Float32Array;
  /** Loss of this token without the latent minus with it, nats; null for the first token. */
  readonly lossDifference: readonly (number | null)[];
  /** KL(with || without) of the prediction made at the token, nats, >= 0. */
  readonly kl: readonly number[];
  /** Next tokens that the latent argues for and against, at each token: by change of logit. */
  readonly upvoted: readonly (readonly TokenVote[])[];
  readonly downvoted: readonly (readonly TokenVote[])[];
  /** The same by change of probability: a likely token gains more by the same logit. */
  readonly likelier: readonly (readonly TokenVote[])[];
  readonly unlikelier: readonly (readonly TokenVote[])[];
}

/** What a latent changes of a next token: with it minus without it. */
export interface TokenVote {
  readonly id: number;
  readonly text: string;
  readonly logit: number;
  /** -1..1. */
  readonly probability: number;
}

/** The first thing a unit page asks: everything that needs no model run. */
export interface UnitSummary {
  /** `3-res/412`. */
  readonly id: string;
  readonly kind: 'neuron' | 'head' | 'latent';
  readonly layer: number;
  /** `blocks.3.mlp.hook_post`, the SAE's hook, `blocks.3.attn.hook_pattern`. */
  readonly hook: string;
  readonly family: string;
  readonly index: number;
  readonly familySize: number;
  /** Neighbours in the family; null at its ends. */
  readonly previous: string | null;
  readonly next: string | null;
  /** Null while no index covers the unit. */
  readonly statistics: UnitStatistics | null;
  /** Words that ship with the SAE. */
  readonly label: { readonly words: string; readonly f1: number | null } | null;
}

/** One row of the feature browser. */
export interface UnitRow {
  readonly id: string;
  /** The best explanation, else the label that ships with the SAE. */
  readonly words: string | null;
  /** `summary`, `gpt-4o`, `human`, `concept label`. */
  readonly wordsBy: string | null;
  /** Of an explanation its score, null while it has none; of a concept label its F1. */
  readonly score: number | null;
  /** The score is a trie's, not the words'. */
  readonly isPattern?: true;
  /** What the score is of where it is no correlation, as its publishers call it: `fuzz`, `recall`. */
  readonly scoreKind?: string;
  /** The words belong to another model, SAE or index. */
  readonly stale: boolean;
  /** What else is said: what others published, a pattern. */
  readonly also?: readonly WordsOfUnit[];
  readonly density: number | null;
  readonly max: number | null;
  readonly topToken: string | null;
}

export const UNIT_SORTS = ['id', 'score', 'density', 'max', 'words'] as const;
export type UnitSort = (typeof UNIT_SORTS)[number];

/** Density classes of a family; every unit is in one. */
export const UNIT_CATEGORIES = [
  'all',
  'dead',
  'rare',
  'sparse',
  'dense',
  'explained',
  'unexplained',
] as const;
export type UnitCategory = (typeof UNIT_CATEGORIES)[number];

/** How much more a unit fires on one text than on another. */
export interface ExampleMatch extends UnitRow {
  /** Largest activation on the text asked for, and on the other one (0 without one). */
  readonly on: number;
  readonly off: number;
  /** Token of the first text where it is largest. */
  readonly token: string;
}
