import { placeOfEdit } from '../edits/editedBlock.ts';
import { saeSite as siteOf } from '../gradients/readoutLatent.ts';
import type { ReadSite } from '../gradients/readout.ts';
import type { RunEdit } from '../edits/runEdit.ts';
import type { VariantModel } from './variantModel.ts';

/**
 * Where in the model an edit happens, as a number that can be compared: b = the residual stream that block b reads
 * (n_layers = the last one), b + 0.5 = inside block b. The final LayerNorm counts as the last residual stream.
 */
export type Place = number;

const INSIDE = 0.5;

export function insideBlock(layer: number): Place {
  return layer + INSIDE;
}

export function placeOf(model: VariantModel, edit: RunEdit): Place {
  const place = placeOfEdit(edit, model.source.saes);
  switch (place.kind) {
    case 'between':
      return place.boundary;
    case 'block':
      return insideBlock(place.layer);
    case 'final':
      return model.config.n_layers;
  }
}

/** Whether any of the edits happens there. */
export function touches(model: VariantModel, edits: readonly RunEdit[], place: Place): boolean {
  return edits.some((edit) => placeOf(model, edit) === place);
}

/** The hook of an attached SAE. @throws sae/unsupported */
export function saeSite(model: VariantModel, id: string): ReadSite {
  return siteOf(model.sae(id).sae.config);
}
