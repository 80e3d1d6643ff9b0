/** A family of units as two choices: what its units are, and in which layer. */
export interface FamilyName {
  readonly id: string;
  readonly layer: number;
  /** `mlp-neurons`, `heads`, or the set of a SAE: `res`. */
  readonly set: string;
}

const FAMILY = /^(\d+)-(.+)$/u;
const NEURONS = 'mlp-neurons';
const HEADS = 'heads';
const RESIDUAL = 'res';

/** Ids that are in another form are left out: no family has them. */
export function familyNames(ids: readonly string[]): readonly FamilyName[] {
  return ids.flatMap((id): FamilyName[] => {
    const [, layer, set] = FAMILY.exec(id) ?? [];
    return layer === undefined || set === undefined ? [] : [{ id, layer: Number(layer), set }];
  });
}

/** Every set once: SAEs first, those of the residual stream before others; then neurons, then heads. */
export function setsOf(families: readonly FamilyName[]): readonly string[] {
  const sets = [...new Set(families.map(({ set }) => set))];
  const rank = (set: string): number =>
    set === HEADS ? 3 : set === NEURONS ? 2 : set.startsWith(RESIDUAL) ? 0 : 1;
  return sets.sort((a, b) => rank(a) - rank(b));
}

/** `Neurons`, `Heads`, `Latents, res`. */
export function setTitle(set: string): string {
  if (set === NEURONS) return 'Neurons';
  return set === HEADS ? 'Heads' : `Latents, ${set}`;
}

/** What the units of a set are called, in the number that goes with a count. */
export function unitNoun(set: string, count: number): string {
  const noun = set === NEURONS ? 'neuron' : set === HEADS ? 'head' : 'latent';
  return count === 1 ? noun : `${noun}s`;
}

/** The family of a set in a layer, or in the nearest layer that has it; undefined when no layer has. */
export function familyIn(
  families: readonly FamilyName[],
  set: string,
  layer: number,
): FamilyName | undefined {
  const distance = (family: FamilyName): number => Math.abs(family.layer - layer);
  return families.filter((family) => family.set === set).toSorted((a, b) => distance(a) - distance(b))[0];
}

/** What is shown before anything was chosen: the last layer's first set. */
export function firstFamily(families: readonly FamilyName[]): FamilyName | undefined {
  const [set] = setsOf(families);
  return set === undefined ? undefined : familyIn(families, set, Number.MAX_SAFE_INTEGER);
}
