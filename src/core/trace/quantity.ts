import { formatUnit, type Unit } from '../model/units.ts';

/** Residual-stream places whose norm can be shown. */
export const SITES = ['resid_pre', 'attn_out', 'resid_mid', 'mlp_out', 'resid_post'] as const;
export type Site = (typeof SITES)[number];

/**
 * What colours the tokens: one number per token.
 * - `loss`: -ln p(token | prefix), nats; `probability`: that p; `entropy`: of the prediction made for it, nats.
 * - `norm`: Euclidean norm of a hook at the token.
 * - `unit`: a neuron's post-activation, a latent's activation, or a head's pattern from `query` to the token.
 */
export type Quantity =
  | { readonly kind: 'loss' }
  | { readonly kind: 'probability' }
  | { readonly kind: 'entropy' }
  | { readonly kind: 'norm'; readonly site: Site; readonly layer: number }
  | { readonly kind: 'unit'; readonly unit: Unit; readonly query?: number };

/** Stable id of a quantity, for persisting and comparing: `loss`, `norm:resid_post:3`, `unit:L3H1@14`. */
export function quantityKey(quantity: Quantity): string {
  switch (quantity.kind) {
    case 'norm':
      return `norm:${quantity.site}:${quantity.layer}`;
    case 'unit':
      return `unit:${formatUnit(quantity.unit)}${quantity.query === undefined ? '' : `@${quantity.query}`}`;
    default:
      return quantity.kind;
  }
}
