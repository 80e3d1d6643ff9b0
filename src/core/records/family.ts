import { InterpError } from '../errors.ts';
import { parseUnit, type Unit } from '../model/units.ts';

/** Units that are scanned and listed together: the neurons or heads of one layer, or the latents of one SAE. */
export type Family =
  | { readonly kind: 'neurons'; readonly layer: number }
  | { readonly kind: 'heads'; readonly layer: number }
  | {
      readonly kind: 'latents';
      /** Id of the SAE within its model: `{layer}-{set}`. */
      readonly sae: string;
    };

/** What decides which units a model has. */
export interface UnitSpace {
  readonly n_layers: number;
  readonly n_heads: number;
  readonly d_mlp: number;
  readonly saes: readonly { readonly id: string; readonly d_sae: number }[];
}

/** Sets of a layer that every model has; SAEs name their own. */
const NEURON_SET = 'mlp-neurons';
const HEAD_SET = 'heads';
const LAYER_SET = /^(\d+)-(.+)$/;
const NUMBERED = /^(\d+-[^/\s]+)\/(\d+)$/;

/** `3-mlp-neurons`, `3-heads`, `3-res`: also the name of its file of explanations. */
export function familyId(family: Family): string {
  switch (family.kind) {
    case 'neurons':
      return `${family.layer}-${NEURON_SET}`;
    case 'heads':
      return `${family.layer}-${HEAD_SET}`;
    case 'latents':
      return family.sae;
  }
}

/** Every family of a model, by layer: heads, neurons, then its SAEs. */
export function allFamilies(space: UnitSpace): Family[] {
  return Array.from({ length: space.n_layers }, (_, layer): Family[] => [
    { kind: 'heads', layer },
    { kind: 'neurons', layer },
    ...space.saes
      .filter(({ id }) => LAYER_SET.exec(id)?.[1] === String(layer))
      .map(({ id }): Family => ({ kind: 'latents', sae: id })),
  ]).flat();
}

/** @throws unit/unknown, naming the families there are. */
export function parseFamily(text: string, space: UnitSpace): Family {
  const found = allFamilies(space).find((family) => familyId(family) === text);
  if (found) return found;
  const known = allFamilies(space).map(familyId);
  throw new InterpError(
    'unit/unknown',
    `"${text}" is not a family of units of this model. It has ${known.join(', ')}.`,
    { data: { family: text } },
  );
}

/** How many units it has. @throws unit/unknown when the SAE is not attached */
export function familySize(family: Family, space: UnitSpace): number {
  switch (family.kind) {
    case 'neurons':
      return space.d_mlp;
    case 'heads':
      return space.n_heads;
    case 'latents': {
      const sae = space.saes.find(({ id }) => id === family.sae);
      if (sae) return sae.d_sae;
      throw new InterpError('unit/unknown', `No SAE ${family.sae} is attached to this model.`, {
        data: { family: family.sae },
      });
    }
  }
}

/** The unit at an index of its family, from 0. */
export function unitAt(family: Family, index: number): Unit {
  switch (family.kind) {
    case 'neurons':
      return { kind: 'neuron', layer: family.layer, neuron: index };
    case 'heads':
      return { kind: 'head', layer: family.layer, head: index };
    case 'latents':
      return { kind: 'latent', sae: family.sae, index };
  }
}

/** The family of a unit, and its place there. */
export function placeOf(unit: Unit): { readonly family: Family; readonly index: number } {
  switch (unit.kind) {
    case 'neuron':
      return { family: { kind: 'neurons', layer: unit.layer }, index: unit.neuron };
    case 'head':
      return { family: { kind: 'heads', layer: unit.layer }, index: unit.head };
    case 'latent':
      return { family: { kind: 'latents', sae: unit.sae }, index: unit.index };
  }
}

/**
 * Reads a unit of one model: every form of `parseUnit`, and a family with a number (`3-mlp-neurons/12`).
 * @throws unit/unknown when it is no unit or the model has none such, with what it has
 */
export function findUnit(text: string, space: UnitSpace): Unit {
  const numbered = NUMBERED.exec(text.slice(text.lastIndexOf('/', text.lastIndexOf('/') - 1) + 1));
  const families = allFamilies(space);
  const named = families.find((family) => familyId(family) === numbered?.[1]);
  const unit = named ? unitAt(named, Number(numbered?.[2])) : parseUnit(text);
  const { family, index } = placeOf(unit);
  if (!families.some((each) => familyId(each) === familyId(family))) {
    const known = families.map(familyId).join(', ');
    throw new InterpError('unit/unknown', `"${text}" is in none of this model's families: ${known}.`, {
      data: { unit: text },
    });
  }
  const size = familySize(family, space);
  if (index < size) return unit;
  throw new InterpError(
    'unit/unknown',
    `"${text}" is past the last unit of ${familyId(family)}, ${size - 1}.`,
    {
      data: { unit: text, size },
    },
  );
}
