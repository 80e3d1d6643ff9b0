import type { JsonObject } from '../../json.ts';
import { finiteAt, listAt, malformed, numbersAt, objectAt, textsAt } from './fields.ts';
import type { ImportedRecord, ImportedRecords } from './neuronRecord.ts';

/** Whether an object is a latent of OpenAI's SAE viewer: its files say nowhere which one. */
export function isViewerAtom(object: JsonObject): boolean {
  return 'top' in object && 'random' in object && 'density' in object;
}

/**
 * `atoms/{id}.json` of OpenAI's SAE viewer (FeatureInfo), and `{id}-ablated.json` beside it, whose sequences say what
 * removing the latent does to the loss. Source: sparse_autoencoder, sae-viewer/src/types.ts.
 * @param unit which latent it is: the file's path says so. @throws explain/malformed
 */
export function readViewerAtom(object: JsonObject, unit: string, place: string): ImportedRecords {
  const mean = finiteAt(object['mean_act'], place, 'mean_act');
  const square = finiteAt(object['mean_act_squared'], place, 'mean_act_squared');
  return {
    unit,
    top: readSequences(object['top'], place, 'top'),
    random: readSequences(object['random'], place, 'random'),
    quantiles: [],
    density: finiteAt(object['density'], place, 'density'),
    mean,
    variance: mean === null || square === null ? null : square - mean * mean,
    skewness: null,
    kurtosis: null,
  };
}

function readSequences(value: unknown, place: string, field: string): ImportedRecord[] {
  return listAt(value, place, field).map((each, index) => {
    const at = `${field}[${index}]`;
    const sequence = objectAt(each, place, at);
    const tokens = textsAt(sequence['tokens'], place, `${at}.tokens`);
    const activations = numbersAt(sequence['acts'], place, `${at}.acts`);
    if (activations.length !== tokens.length) {
      throw malformed(place, `${at}.acts`, `${tokens.length} numbers`, activations.length);
    }
    const loss = sequence['ablate_loss_diff'];
    if (loss === undefined || loss === null) return { tokens, activations };
    return { tokens, activations, lossWithout: lossesAt(loss, tokens.length, { place, at }) };
  });
}

/** One number a token; a file may leave out the last token, after which nothing is predicted. */
function lossesAt(
  value: unknown,
  count: number,
  { place, at }: { readonly place: string; readonly at: string },
): readonly number[] {
  const losses = numbersAt(value, place, `${at}.ablate_loss_diff`);
  if (losses.length === count) return losses;
  if (losses.length === count - 1) return [...losses, 0];
  throw malformed(place, `${at}.ablate_loss_diff`, `${count} numbers`, losses.length);
}
