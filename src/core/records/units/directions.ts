import { isInterpError } from '../../errors.ts';
import { attentionStage, mlpStage, stageAt, type Stage } from '../../analysis/nodes/nodeSide.ts';
import { fetchTensors, need } from '../../graph/keptGraphs.ts';
import { saeSite } from '../../trace/gradients/readoutLatent.ts';
import type { ReadSite } from '../../trace/gradients/readout.ts';
import { ints } from '../../graph/session.ts';
import { removesMean } from '../../sae/config.ts';
import type { Unit } from '../../model/units.ts';
import { tensor } from '../../tensor/tensor.ts';
import type { Family } from '../family.ts';
import { saeOf, type UnitModel, type UnitSae } from './unitModel.ts';

/** A unit that has one direction to write along: heads write what their values hold. */
export type DirectedUnit = Exclude<Unit, { readonly kind: 'head' }>;
/** A family whose units have one direction to write along. */
export type DirectedFamily = Exclude<Family, { readonly kind: 'heads' }>;

/** Where the units of a family read and write. */
export interface FamilyPlace {
  readonly family: DirectedFamily;
  /** Null for neurons. */
  readonly sae: UnitSae | null;
  readonly site: ReadSite;
  /** Last stage that a residual stream read by the family holds; null where it reads a part of a block instead. */
  readonly readsUpTo: Stage | null;
  /** Stage at which what the family writes is in the residual stream. */
  readonly writesAt: Stage;
}

/** Null for a SAE at a hook other than the residual stream, the outputs of parts, hook_z and mlp.hook_post. */
export function placeFamily(model: Pick<UnitModel, 'saes'>, family: DirectedFamily): FamilyPlace | null {
  if (family.kind === 'neurons') {
    const { layer } = family;
    const site = { layer, hook: 'resid_mid' } as const;
    return { family, sae: null, site, readsUpTo: stageAt('resid_mid', layer), writesAt: mlpStage(layer) };
  }
  const sae = saeOf(model, family.sae);
  const site = siteOf(sae);
  if (!site) return null;
  switch (site.hook) {
    case 'mlp_out':
    case 'post':
      return { family, sae, site, readsUpTo: null, writesAt: mlpStage(site.layer) };
    case 'attn_out':
    case 'z':
      return { family, sae, site, readsUpTo: null, writesAt: attentionStage(site.layer) };
    default: {
      const stage = stageAt(site.hook, site.layer);
      return { family, sae, site, readsUpTo: stage, writesAt: stage };
    }
  }
}

/** Where a SAE reads; null for hooks that nothing is known of. */
export function siteOf({ config }: Pick<UnitSae, 'config'>): ReadSite | null {
  try {
    return saeSite(config);
  } catch (error) {
    if (isInterpError(error, 'sae/unsupported')) return null;
    throw error;
  }
}

/**
 * What an activation of 1 adds to the residual stream: W_out[n], or the decoder's row (through W_O for a SAE of
 * hook_z, W_out for one of mlp.hook_post), before the scale of the SAE's input is undone. [d_model]. Of latents that `placeFamily` knows.
 */
export async function writeDirection(model: UnitModel, unit: DirectedUnit): Promise<Float32Array> {
  if (unit.kind === 'neuron') return model.reads.neuronRow(unit.layer, unit.neuron);
  const sae = saeOf(model, unit.sae);
  const row = need(await sae.runner.latents([unit.index]), 'W_dec').data;
  const norm = sae.config.rescale_acts_by_decoder_norm ? Math.hypot(...row) : 1;
  const write = row.map((value) => value / norm);
  const site = saeSite(sae.config);
  const rows = tensor([1, write.length], write);
  if (site.hook === 'z') return (await model.reads.attentionWrite(site.layer, rows)).data;
  return site.hook === 'post' ? (await model.reads.mlpWrite(site.layer, rows)).data : write;
}

/**
 * What the unit's pre-activation takes from the tensor that it reads, normalisation scales left out: gain of ln_2 *
 * W_in column, or gain * W_enc column, without its mean where the SAE centres its input. [d_model or d_in].
 */
export async function readDirection(model: UnitModel, unit: DirectedUnit): Promise<Float32Array> {
  if (unit.kind === 'neuron') {
    const loaded = await model.runner.graphs.blockWeights(unit.layer);
    const feeds = { neurons: ints([unit.neuron]), columns: ints([]) };
    const weights = await fetchTensors(loaded, feeds, ['ln2.gain', 'W_in']);
    const column = need(weights, 'W_in').data;
    return need(weights, 'ln2.gain').data.map((gain, i) => gain * (column[i] ?? Number.NaN));
  }
  const sae = saeOf(model, unit.sae);
  const weights = await sae.runner.latents([unit.index]);
  const gain = need(weights, 'gain').data[0] ?? Number.NaN;
  return centred(
    need(weights, 'W_enc').data.map((value) => gain * value),
    sae,
  );
}

/** A direction as a SAE's input normalisation lets it through, its scale left out. */
export function centred(direction: Float32Array, sae: Pick<UnitSae, 'config'> | null): Float32Array {
  if (!sae || !removesMean(sae.config)) return direction;
  let sum = 0;
  for (const value of direction) sum += value;
  const mean = sum / direction.length;
  return direction.map((value) => value - mean);
}
