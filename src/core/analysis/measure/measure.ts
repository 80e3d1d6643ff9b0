import type { Node } from '../../trace/node.ts';
import type { RunEdit } from '../../trace/edits/runEdit.ts';
import type { Scalar } from '../../trace/gradients/scalar.ts';
import type { Trace } from '../../trace/trace.ts';
import { createReader } from '../../trace/variants/createReader.ts';
import { runVariants, type VariantOptions, type VariantValues } from '../../trace/variants/runVariants.ts';
import type { VariantModel } from '../../trace/variants/variantModel.ts';
import { ablation } from './nodeEdits.ts';

/** L(run) - L(run with the node's activation at 0). */
export interface MeasuredEffect {
  /** Every LayerNorm live. Null for constants that belong to the scalar itself (`ln_f`, `read`). */
  readonly effect: number | null;
  /** The same with the final LayerNorm's scale held at the run's; null where no logits are read. */
  readonly frozen: number | null;
}

/**
 * Measured total effect of each node on the scalar, in the scalar's unit. Both runs of a difference take the same
 * path, so that a node without influence has exactly 0. Cost: a run per node, earlier layers and positions shared.
 * @throws cancelled, scalar/*, unit/unknown, position/out-of-range
 */
export async function measureNodes(
  model: VariantModel,
  base: Trace,
  nodes: readonly Node[],
  scalar: Scalar,
  options: VariantOptions = {},
): Promise<MeasuredEffect[]> {
  const edits = await Promise.all(nodes.map((node) => ablation(model, base, node)));
  const effects = await measureEdits(
    model,
    base,
    edits.map((edit) => edit ?? []),
    scalar,
    options,
  );
  return effects.map((effect, index) => (edits[index] ? effect : { effect: null, frozen: null }));
}

/** Effect of each list of edits: L(run) - L(edited run). */
export async function measureEdits(
  model: VariantModel,
  base: Trace,
  variants: readonly (readonly RunEdit[])[],
  scalar: Scalar,
  options: VariantOptions = {},
): Promise<MeasuredEffect[]> {
  const reader = await createReader(model, base, scalar);
  return effectsOf(await runVariants(model, base, variants, reader, options));
}

function effectsOf({ value, base, frozen }: VariantValues): MeasuredEffect[] {
  return Array.from(value, (after, index) => ({
    effect: difference(base[index], after),
    frozen: frozen ? difference(frozen.base[index], frozen.value[index]) : null,
  }));
}

function difference(before: number | undefined, after: number | undefined): number {
  return (before ?? Number.NaN) - (after ?? Number.NaN);
}
