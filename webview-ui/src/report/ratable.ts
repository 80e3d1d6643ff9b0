const HEADS = /-heads$/u;
const NEURONS = /-mlp-neurons$/u;

/** Heads show themselves by their pairs: only neurons and latents can be told blind. */
export function ratable(families: readonly string[]): readonly string[] {
  return families.filter((family) => !HEADS.test(family));
}

/** What is drawn from until something is chosen: neurons, and the first set of latents of the last layer that has some. */
export function firstChoice(families: readonly string[]): readonly string[] {
  const known = ratable(families);
  const neurons = known.findLast((family) => NEURONS.test(family));
  const last = known.findLast((family) => !NEURONS.test(family));
  const layer = last === undefined ? 0 : Number.parseInt(last, 10);
  const latents = known.find((family) => !NEURONS.test(family) && Number.parseInt(family, 10) === layer);
  return [neurons, latents].flatMap((family) => family ?? []);
}
