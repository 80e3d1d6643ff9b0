import type { ModelConfig } from '../model/config.ts';
import { GPT2_SMALL } from './facts/gpt2Small.ts';
import { UNDERGLASS_TINY } from './facts/underglassTiny.ts';

/** A text with or without BOS before it. */
export interface FactPrompt {
  readonly text: string;
  readonly bos: 'always' | 'never';
}

/** A prompt whose next token is one of two. */
export interface PairPrompt extends FactPrompt {
  readonly target: string;
  readonly distractor: string;
}

/** What is measured. Each of them is read as the rest of the program shows it. */
export type FactReading =
  /** Mean over the tokens that something stands before, nats. */
  | { readonly kind: 'loss'; readonly prompt: FactPrompt }
  /** Id of the most likely next token. */
  | { readonly kind: 'next-token'; readonly prompt: FactPrompt }
  /** Its logit. */
  | { readonly kind: 'next-logit'; readonly prompt: FactPrompt }
  /** Of the pair of this number. */
  | { readonly kind: 'logit-diff'; readonly pair: number }
  | { readonly kind: 'mean-logit-diff' }
  /** Direct attribution to the mean logit difference; final scale held, value biases folded into b_O. */
  | { readonly kind: 'head-attribution'; readonly layer: number; readonly head: number }
  /** Mean pattern weight on a diagonal: BOS, n random tokens and the same again; offset n - 1, respectively 1. */
  | {
      readonly kind: 'head-score';
      readonly layer: number;
      readonly head: number;
      readonly score: 'induction' | 'previousToken';
    };

/** A number that was published of a model. */
export interface Fact {
  readonly reading: FactReading;
  readonly value: number;
  /** Largest |measured - value| that still holds it. */
  readonly tolerance: number;
  readonly source: string;
}

/** A model of which facts were published, and how it is recognised: never by its name or folder. */
export interface PublishedModel {
  readonly title: string;
  /** What `underglass add` calls it; null = it comes with the program. */
  readonly added: string | null;
  /** Of its `model.safetensors` files. */
  readonly sha256: readonly string[];
  /** Entries of its embedding table, [row, column, value], as they were printed: they tell it in other files too. */
  readonly embedding: {
    readonly entries: readonly (readonly number[])[];
    readonly source: string;
  };
  readonly config: Partial<ModelConfig>;
  readonly tokens: readonly { readonly text: string; readonly ids: readonly number[] }[];
  /** What logit differences are taken of. */
  readonly pairs: readonly PairPrompt[];
  readonly facts: readonly Fact[];
  /** Root mean square of each hook's finite values on a prompt, in order of computation; `tolerance` is relative. */
  readonly hooks: {
    readonly prompt: FactPrompt;
    readonly tolerance: number;
    readonly rms: Readonly<Record<string, number>>;
    readonly source: string;
  } | null;
}

/** Every model of which facts are known here. */
export const PUBLISHED: readonly PublishedModel[] = [GPT2_SMALL, UNDERGLASS_TINY];
