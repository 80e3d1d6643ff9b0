/** Location of OpenAI's TopK SAEs -> set of the same weights in SAELens' registry and on Neuronpedia. */
const SAME: readonly (readonly [string, string])[] = [
  ['resid_delta_attn', 'att'],
  ['resid_delta_mlp', 'mlp'],
  ['resid_post_attn', 'res_mid'],
  ['resid_post_mlp', 'res_post'],
];
const OWN = /^(\d+)-(\w+)-v5-(32k|128k)$/;
const CONVERTED = /^(\d+)-(att|mlp|res_mid|res_post)_(32k|128k)-oai$/;

/**
 * Families under which the same units are published: OpenAI's `8-resid_post_mlp-v5-32k` is Neuronpedia's
 * `8-res_post_32k-oai`, latent for latent. The family itself comes first.
 */
export function sameFamilies(family: string): readonly string[] {
  const own = OWN.exec(family);
  const set = own && SAME.find(([location]) => location === own[2])?.[1];
  if (own && set !== undefined) return [family, `${own[1]}-${set}_${own[3]}-oai`];
  const converted = CONVERTED.exec(family);
  const location = converted && SAME.find(([, name]) => name === converted[2])?.[0];
  if (converted && location !== undefined) return [family, `${converted[1]}-${location}-v5-${converted[3]}`];
  return [family];
}
