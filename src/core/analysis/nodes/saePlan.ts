import { InterpError } from '../../errors.ts';
import { resolveHook } from '../../model/hooks.ts';
import type { ModelConfig } from '../../model/config.ts';
import type { ReadSite } from '../../trace/gradients/readout.ts';
import type { Scalar } from '../../trace/gradients/scalar.ts';
import {
  attentionStage,
  EMBEDDING_STAGE,
  lastStageBefore,
  mlpStage,
  stageAt,
  type NodeSae,
  type NodeSide,
  type Stage,
} from './nodeSide.ts';

const SAE_HOOKS = ['resid_pre', 'resid_mid', 'resid_post', 'attn_out', 'mlp_out', 'z', 'post'] as const;
export type SaeHook = (typeof SAE_HOOKS)[number];

/** A SAE that entered, and where it stands. */
export interface PlacedSae {
  readonly sae: NodeSae;
  readonly hook: SaeHook;
  readonly layer: number;
  /** Its latents write here, or, of the residual stream, stand for everything up to here. */
  readonly stage: Stage;
}

/** Which nodes SAEs stand for. */
export interface SaePlan {
  readonly entered: readonly PlacedSae[];
  /** True when what is written at the stage is a SAE's and not its own neurons, heads or embeddings. */
  replaces(stage: Stage): boolean;
}

/**
 * An mlp_out SAE stands for that layer's neurons and b_out, a SAE of mlp.hook_post for its neurons, an attn_out SAE for
 * its heads and b_O, a z SAE for its heads; a residual SAE for everything at or before its hook, other SAEs too. The SAE at a traced latent's own hook
 * stands beside the reading and does not enter, nor does a residual SAE that the scalar does not read through: the
 * plain nodes stand.
 * @throws sae/conflict for two residual SAEs or two of one part; sae/unsupported for other hooks
 */
export function saePlan(side: NodeSide): SaePlan {
  const placed = side.saes.map((sae) => place(side.trace.config, sae));
  refuseConflicts(placed);
  const { site } = side.gradients.readout;
  const own = hookOfTracedLatent(side.scalar, side.saes);
  const usable = placed
    .filter(({ sae }) => sae.config.hook_name !== own)
    .filter((each) => !isAfter(each, site));
  const residual = usable.find(isResidual) ?? null;
  const parts = usable.filter((each) => !isResidual(each) && !(residual && each.stage <= residual.stage));
  const stages = new Set(parts.map(({ stage }) => stage));
  return {
    entered: residual ? [residual, ...parts] : parts,
    replaces: (stage) => stages.has(stage) || (residual !== null && stage <= residual.stage),
  };
}

/** What the reading does not see cannot stand for what it does: attn_out of a z reading, mlp_out of a post reading, later residual streams. */
function isAfter(placed: PlacedSae, site: ReadSite): boolean {
  if (isResidual(placed)) return placed.stage > lastStageBefore(site);
  if (placed.layer !== site.layer) return false;
  return (
    (site.hook === 'z' && placed.hook === 'attn_out') || (site.hook === 'post' && placed.hook === 'mlp_out')
  );
}

export function isResidual({ hook }: Pick<PlacedSae, 'hook'>): boolean {
  return hook === 'resid_pre' || hook === 'resid_mid' || hook === 'resid_post';
}

/** @throws sae/unsupported */
export function place(config: ModelConfig, sae: NodeSae): PlacedSae {
  const { layer, spec } = resolveHook(config, sae.config.hook_name);
  const hook = SAE_HOOKS.find((known) => known === spec.short);
  if (hook === undefined || layer === null) {
    throw new InterpError(
      'sae/unsupported',
      `SAE ${sae.id} reads ${sae.config.hook_name}; nodes are made of SAEs at ${SAE_HOOKS.join(', ')}.`,
      { data: { sae: sae.id, hook: sae.config.hook_name } },
    );
  }
  return { sae, hook, layer, stage: stageOf(hook, layer) };
}

function stageOf(hook: SaeHook, layer: number): Stage {
  switch (hook) {
    case 'attn_out':
    case 'z':
      return attentionStage(layer);
    case 'mlp_out':
    case 'post':
      return mlpStage(layer);
    default:
      return Math.max(EMBEDDING_STAGE, stageAt(hook, layer));
  }
}

function hookOfTracedLatent(scalar: Scalar, saes: readonly NodeSae[]): string | null {
  if (scalar.kind !== 'latent') return null;
  return saes.find(({ id }) => id === scalar.sae)?.config.hook_name ?? null;
}

function refuseConflicts(placed: readonly PlacedSae[]): void {
  const seen = new Map<string, string>();
  for (const each of placed) {
    const key = isResidual(each) ? 'the residual stream' : `the same part of layer ${each.layer}`;
    const slot = isResidual(each) ? 'residual' : String(each.stage);
    const earlier = seen.get(slot);
    if (earlier !== undefined) {
      throw new InterpError(
        'sae/conflict',
        `SAEs ${earlier} and ${each.sae.id} both stand for ${key}: the sum would count it twice.`,
        { data: { first: earlier, second: each.sae.id } },
      );
    }
    seen.set(slot, each.sae.id);
  }
}
