import { OPENAI_RELEASES } from './openaiReleases.ts';
import type { PublishedSae, SaeRelease } from './publishedSae.ts';
import { SAELENS_RELEASES } from './saelensReleases.ts';

/** Every release of SAEs that is offered by name. */
export const RELEASES: readonly SaeRelease[] = [...SAELENS_RELEASES, ...OPENAI_RELEASES];

export function releaseNamed(name: string): SaeRelease | undefined {
  return RELEASES.find(({ id }) => id === name);
}

/** The SAE with Neuronpedia's id `model/layer-set`, or undefined. */
export function saeOfNeuronpedia(id: string): PublishedSae | undefined {
  return RELEASES.flatMap(({ saes }) => saes).find(({ neuronpedia }) => neuronpedia === id);
}

/** The SAE of a model with our id `layer-set`, as its folder is named. */
export function saeOfModel(model: string, id: string): PublishedSae | undefined {
  return RELEASES.flatMap(({ saes }) => saes).find((sae) => sae.model === model && sae.id === id);
}
