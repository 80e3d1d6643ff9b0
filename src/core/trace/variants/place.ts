import { bug } from '../../errors.ts';
import type { RunEdit } from '../runEdit.ts';
import type { VariantModel } from './variantModel.ts';

/**
 * Where in the model an edit happens: a whole number b = the residual stream that block b reads (n_layers = the last
 * one), b + 0.5 = inside block b.
 */
export type Place = number;

const INSIDE = 0.5;

export function insideBlock(layer: number): Place {
  return layer + INSIDE;
}

export function placeOf(model: VariantModel, edit: RunEdit): Place {
  switch (edit.kind) {
    case 'hook':
      return insideBlock(edit.layer);
    case 'residual':
      if (edit.hook === 'resid_mid') return insideBlock(edit.layer);
      return edit.hook === 'resid_pre' ? edit.layer : edit.layer + 1;
    case 'latent': {
      const { hook, layer } = saeSite(model, edit.sae);
      if (hook === 'resid_pre') return layer;
      return hook === 'resid_post' ? layer + 1 : insideBlock(layer);
    }
    case 'scale':
      return edit.layer === null ? model.config.n_layers : insideBlock(edit.layer);
  }
}

/** Whether any of the edits happens there. */
export function touches(model: VariantModel, edits: readonly RunEdit[], place: Place): boolean {
  return edits.some((edit) => placeOf(model, edit) === place);
}

/** Hooks that SAEs read; others do not write to the residual stream in a known way. */
export const SAE_HOOKS = ['resid_pre', 'z', 'attn_out', 'resid_mid', 'mlp_out', 'resid_post'] as const;
export type SaeHook = (typeof SAE_HOOKS)[number];

/** The hook of an attached SAE. @throws internal/bug for hooks that no edit can reach */
export function saeSite(model: VariantModel, id: string): { readonly hook: SaeHook; readonly layer: number } {
  const { hook_name, layer } = model.sae(id).sae.config;
  const hook = SAE_HOOKS.find((known) => hook_name.endsWith(`hook_${known}`));
  if (!hook) throw bug(`SAE ${id} at ${hook_name} cannot be edited`);
  return { hook, layer };
}
