import { tensor } from '../../tensor/tensor.ts';
import type { ReadSite } from '../../trace/gradients/readout.ts';
import type { HookEdit, ResidualEdit, RunEdit } from '../../trace/edits/runEdit.ts';
import { lastStageBefore, stageAt } from './nodeSide.ts';
import type { GradientRows, ReadPlan } from './readPlan.ts';

/** Factors that edits of a block's outputs leave of what its nodes write. Null = 1 everywhere. */
export interface PartKeeps {
  /** [head, pos]. */
  readonly heads: Float32Array | null;
  /** Of b_O, and of a z SAE's latents. [pos]. */
  readonly attention: Float32Array | null;
  /** [pos]. */
  readonly mlp: Float32Array | null;
}

/** An ablated head still attends, but writes nothing: its pairs' writes are multiplied by what the edit keeps. */
export function partKeeps(
  edits: readonly RunEdit[],
  layer: number,
  size: { readonly heads: number; readonly pos: number },
): PartKeeps {
  const here = edits.filter((edit): edit is HookEdit => edit.kind === 'hook' && edit.layer === layer);
  const whole = (hook: 'attn_out' | 'mlp_out'): Float32Array | null => {
    const found = here.filter((edit) => edit.hook === hook);
    if (found.length === 0) return null;
    const factors = new Float32Array(size.pos).fill(1);
    for (const { positions, keep } of found) for (const at of positions) multiply(factors, at, keep);
    return factors;
  };
  const attention = whole('attn_out');
  const ofHeads = here.filter((edit) => edit.hook === 'z');
  if (ofHeads.length === 0 && !attention) return { heads: null, attention, mlp: whole('mlp_out') };
  const heads = Float32Array.from(
    { length: size.heads * size.pos },
    (_, index) => attention?.[index % size.pos] ?? 1,
  );
  for (const { positions, keep, head } of ofHeads) {
    for (let each = head ?? 0; each <= (head ?? size.heads - 1); each++) {
      for (const at of positions) multiply(heads, each * size.pos + at, keep);
    }
  }
  return { heads, attention, mlp: whole('mlp_out') };
}

/** Edits of the residual stream stand between a node and the reading: each leaves `keep` of the gradient. */
export function throughResidualEdits(plan: ReadPlan, edits: readonly RunEdit[], site: ReadSite): ReadPlan {
  const limit = lastStageBefore(site);
  const passed = edits.filter(
    (edit): edit is ResidualEdit => edit.kind === 'residual' && stageAt(edit.hook, edit.layer) <= limit,
  );
  if (passed.length === 0) return plan;
  return {
    at: (stage) => {
      const rows = plan.at(stage);
      const after = passed.filter((edit) => stageAt(edit.hook, edit.layer) >= stage);
      return rows && stage <= limit && after.length > 0 ? scaled(rows, after) : rows;
    },
  };
}

/**
 * Why the nodes of an edited run need not add up to the scalar; null when they do. `saes`: ids that entered.
 * Edits of q, k, v, pattern and post are the nodes' own activations and leave the sum closed.
 */
export function openedByEdits(edits: readonly RunEdit[], saes: readonly string[]): string | null {
  const writes = edits.some((edit) => {
    switch (edit.kind) {
      case 'scale':
        return false;
      case 'latent':
        return !saes.includes(edit.sae);
      case 'residual':
        return !isZero(edit.value);
      case 'hook':
        return ['z', 'attn_out', 'mlp_out'].includes(edit.hook) && !isZero(edit.value);
    }
  });
  return writes ? 'an edit writes values of its own, which belong to no node' : null;
}

function scaled(rows: GradientRows, edits: readonly ResidualEdit[]): GradientRows {
  const data = rows.matrix.data.slice();
  const width = rows.matrix.dims[1] ?? 1;
  for (const { positions, keep } of edits) {
    for (const position of positions) {
      const row = rows.rowOf[position] ?? -1;
      if (row < 0) continue;
      for (let i = row * width; i < (row + 1) * width; i++) multiply(data, i, keep);
    }
  }
  return { ...rows, matrix: tensor(rows.matrix.dims, data) };
}

function isZero(value: number | readonly Float32Array[]): boolean {
  return typeof value === 'number' ? value === 0 : value.every((row) => row.every((each) => each === 0));
}

function multiply(values: Float32Array, index: number, factor: number): void {
  values[index] = (values[index] ?? 0) * factor;
}
