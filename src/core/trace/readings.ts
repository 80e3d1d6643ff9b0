import type { Unit } from '../model/units.ts';
import type { WordsOfUnit } from './words.ts';
import type { TextToken } from '../tokens/token.ts';

/** A token and how well the model foresaw it. All null for the first token, which nothing foresaw. */
export interface TokenReading extends TextToken {
  /** -ln p(token | prefix), nats. */
  readonly loss: number | null;
  /** p(token | prefix), 0..1. */
  readonly probability: number | null;
  /** 1 = the token that the model held most likely. */
  readonly rank: number | null;
  /** Entropy of the prediction made for this token, nats. */
  readonly entropy: number | null;
}

/** One entry of a next-token distribution. */
export interface Candidate {
  readonly id: number;
  readonly text: string;
  readonly logit: number;
  readonly probability: number;
  readonly rank: number;
}

/** What is known of a trace without asking for its tensors. */
export interface TraceSummary {
  readonly traceId: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly tokens: readonly TokenReading[];
  /** Prediction at the last position, most likely first. */
  readonly next: readonly Candidate[];
  /** Mean loss over the tokens that have one, nats. */
  readonly meanLoss: number | null;
  readonly milliseconds: number;
}

/** One number per token with the scale that makes it readable. */
export interface HeatMap {
  /** Per token; null = not defined there. */
  readonly values: readonly (number | null)[];
  readonly domain: ColorDomain;
  readonly unit: string;
  /** One sentence: what the number is. */
  readonly title: string;
  /** The same quantity over layers; rows from the first layer up. Absent where layers make no sense. */
  readonly layers?: LayerMap;
}

/** Domain of a colour scale; symmetric for signed values. */
export interface ColorDomain {
  readonly min: number;
  readonly max: number;
  readonly midpoint: number;
  /** Positions left out of the domain (still shown, clamped), with the reason. */
  readonly excluded: readonly number[];
  readonly excludedReason: string | null;
}

/** layers x tokens. `values[row][position]`. */
export interface LayerMap {
  readonly title: string;
  readonly unit: string;
  readonly layers: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  readonly domain: ColorDomain;
}

/** A unit at a token, with its words when something is known of it. */
export interface UnitReading {
  readonly unit: Unit;
  /** `L9H9`, `L5N123`, `3-res/412`. */
  readonly id: string;
  /** Neuron: post-activation; latent: activation; head: norm of what it writes at the token. */
  readonly value: number;
  /** Null: nothing is known of it yet. */
  readonly known: WordsOfUnit | null;
  /** Heads: the most attended-to position and its weight. */
  readonly attendsTo: { readonly position: number; readonly weight: number } | null;
}

/** Candidates read out after each layer (logit lens: final LayerNorm and unembedding applied there). */
export interface LensRow {
  /** Layer after which the residual stream is read; -1 = the embeddings. */
  readonly layer: number;
  readonly candidates: readonly Candidate[];
  /** Rank and probability there of the token that the model finally holds most likely. */
  readonly finalRank: number;
  readonly finalProbability: number;
}

/** Attention pattern of one head. Shape [query, key], row-major, rows sum to 1. */
export interface PatternReading {
  readonly layer: number;
  readonly head: number;
  readonly size: number;
  readonly pattern: Float32Array;
}

/**
 * Most active neurons of each layer that a trace remembers at each position. What they write decides among them later:
 * norms of output rows of one layer mostly differ by less than the activations that are left out.
 */
export const REMEMBERED = 8;

/** A neuron at a token with what it writes there. */
export interface NeuronReading extends UnitReading {
  /** Norm of what it writes to the residual stream: activation x norm of its row of W_out. */
  readonly writes: number;
}

/** Top latents at a token over all attached SAEs, and top neurons over all layers: what a hover shows. */
export interface HoverReading {
  readonly position: number;
  readonly token: TokenReading;
  /** By activation. */
  readonly latents: readonly UnitReading[];
  /** By what they write, among the most active of each layer. */
  readonly neurons: readonly NeuronReading[];
}
