import type { ScalarName } from '../../prompt/keys.ts';

/** The number that is explained. Every kind is read at one place of one run. */
export type Scalar = LogitScalar | TracedScalar;

/** Read from the logits at one position. Token ids. */
export interface LogitScalar {
  readonly kind: 'logits';
  /**
   * `logit_diff`: mean target logit - mean distractor logit (without distractors: mean target logit);
   * `logit`: mean target logit; `log_prob`: ln of the summed probability of the targets, nats.
   */
  readonly reading: ScalarName;
  readonly targets: readonly number[];
  readonly distractors: readonly number[];
  readonly position: number;
}

/** What a trace goes upstream from. Source: Transformer Debugger, "trace upstream". */
export type TracedScalar =
  /** Pre-activation of a neuron. */
  | {
      readonly kind: 'neuron';
      readonly layer: number;
      readonly neuron: number;
      readonly position: number;
    }
  /** Pre-activation of a SAE latent: what its nonlinearity reads. */
  | { readonly kind: 'latent'; readonly sae: string; readonly index: number; readonly position: number }
  /**
   * Attention score q.k/sqrt(d_head) before the softmax; the other side of a `q` or `k` trace is held constant.
   */
  | {
      readonly kind: 'score';
      readonly layer: number;
      readonly head: number;
      readonly position: number;
      readonly source: number;
      readonly through: 'q' | 'k' | 'qk';
    }
  /**
   * What the pair writes along the gradient of something downstream, through the value alone:
   * p(t, u) * (V(u) W_O) . g, with p and g held constant. g is the downstream's gradient at the head's output.
   */
  | {
      readonly kind: 'value';
      readonly layer: number;
      readonly head: number;
      readonly position: number;
      readonly source: number;
      readonly downstream: Exclude<Scalar, { readonly kind: 'value' }>;
    };
