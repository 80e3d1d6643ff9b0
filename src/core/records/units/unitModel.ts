import type { NodeReads } from '../../analysis/nodes/nodeReads.ts';
import { InterpError } from '../../errors.ts';
import type { SaeWeights } from '../../graph/saeMatrix.ts';
import type { ModelConfig } from '../../model/config.ts';
import { formatUnit, type Unit } from '../../model/units.ts';
import type { Runner } from '../../trace/runner.ts';
import type { SaeRunner } from '../../trace/saeRunner.ts';
import type { UnitSpace } from '../family.ts';

/** A SAE as unit pages read it. */
export interface UnitSae extends SaeWeights {
  readonly id: string;
  readonly runner: SaeRunner;
}

/** What readings of units need of an open model. */
export interface UnitModel {
  readonly runner: Runner;
  readonly reads: NodeReads;
  readonly saes: ReadonlyMap<string, UnitSae>;
}

/** What decides which units an open model has. */
export function unitSpace({ runner, saes }: Pick<UnitModel, 'saes'> & ConfigOwner): UnitSpace {
  const { n_layers, n_heads, d_mlp } = runner.config;
  return {
    n_layers,
    n_heads,
    d_mlp,
    saes: [...saes.values()].map(({ id, config }) => ({ id, d_sae: config.d_sae })),
  };
}

interface ConfigOwner {
  readonly runner: { readonly config: ModelConfig };
}

/** @throws unit/unknown */
export function saeOf(model: Pick<UnitModel, 'saes'>, id: string): UnitSae {
  const sae = model.saes.get(id);
  if (sae) return sae;
  throw new InterpError('unit/unknown', `No SAE ${id} is attached to this model.`, { data: { sae: id } });
}

/** A latent's layer is that of its SAE's hook. @throws unit/unknown */
export function layerOf(model: Pick<UnitModel, 'saes'>, unit: Unit): number {
  return unit.kind === 'latent' ? saeOf(model, unit.sae).config.layer : unit.layer;
}

/** Name of the hook that holds a unit's activation. */
export function hookOf(model: Pick<UnitModel, 'saes'>, unit: Unit): string {
  switch (unit.kind) {
    case 'neuron':
      return `blocks.${unit.layer}.mlp.hook_post`;
    case 'head':
      return `blocks.${unit.layer}.attn.hook_pattern`;
    case 'latent':
      return saeOf(model, unit.sae).config.hook_name;
  }
}

/** @throws unit/unknown unless the unit is of the kind that a reading is for */
export function assertKind<K extends Unit['kind']>(
  unit: Unit,
  kind: K,
  what: string,
): asserts unit is Extract<Unit, { readonly kind: K }> {
  if (unit.kind === kind) return;
  const id = formatUnit(unit);
  throw new InterpError('unit/unknown', `${what} ${kind}s only; ${id} is a ${unit.kind}.`, {
    data: { unit: id },
  });
}
