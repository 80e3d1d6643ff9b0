import assert from 'node:assert/strict';
import type { Edit } from '../../src/core/model/gpt2.ts';
import { referenceSae, type SaeWeights } from '../../src/core/sae/reference.ts';
import type { SaeConfig } from '../../src/core/sae/config.ts';
import type { HookEdit, LatentEdit, ResidualEdit, RunEdit } from '../../src/core/trace/edits/runEdit.ts';

export interface ReferenceSae {
  readonly config: SaeConfig;
  readonly weights: SaeWeights;
}

/** The same edits on the float64 model's hooks, in their order; neighbouring latents are read before any is moved. */
export function referenceEdits(edits: readonly RunEdit[], saes: ReadonlyMap<string, ReferenceSae>): Edit {
  return (name, values, dims) => {
    let read: Float64Array | null = null;
    for (const edit of edits) {
      if (hookName(edit, saes) !== name) continue;
      read = edit.kind === 'latent' ? (read ?? values.slice()) : null;
      for (const [order, position] of edit.positions.entries()) {
        if (edit.kind === 'scale') values[position] = 1 / (edit.invStd[order] ?? Number.NaN);
        else if (edit.kind === 'latent')
          moveLatent(values, read ?? values, edit, {
            order,
            position,
            ...(saes.get(edit.sae) ?? assert.fail()),
          });
        else changeRow(values, dims, edit, { order, position });
      }
    }
  };
}

function hookName(edit: RunEdit, saes: ReadonlyMap<string, ReferenceSae>): string {
  switch (edit.kind) {
    case 'latent':
      return saes.get(edit.sae)?.config.hook_name ?? assert.fail(edit.sae);
    case 'scale':
      return edit.layer === null ? 'ln_final.hook_scale' : `blocks.${edit.layer}.${edit.norm}.hook_scale`;
    case 'residual':
      return `blocks.${edit.layer}.hook_${edit.hook}`;
    case 'hook': {
      const owner = edit.hook === 'post' ? 'mlp.' : edit.hook.endsWith('_out') ? '' : 'attn.';
      return `blocks.${edit.layer}.${owner}hook_${edit.hook}`;
    }
  }
}

interface Row {
  readonly order: number;
  readonly position: number;
}

/** keep * h + value at a row of [pos, width], [pos, head, width] or, for the pattern, [head, query, key]. */
function changeRow(
  values: Float64Array,
  dims: readonly number[],
  edit: HookEdit | ResidualEdit,
  { order, position }: Row,
): void {
  const width = dims.at(-1) ?? 1;
  const isPattern = edit.hook === 'pattern';
  const heads = isPattern ? (dims[0] ?? 1) : dims.length === 3 ? (dims[1] ?? 1) : 1;
  const rows = isPattern ? (dims[1] ?? 1) : 1;
  for (let head = 0; head < heads; head++) {
    if (edit.kind === 'hook' && edit.head !== undefined && edit.head !== head) continue;
    const start = (isPattern ? head * rows + position : position * heads + head) * width;
    for (let unit = 0; unit < (isPattern ? position + 1 : width); unit++) {
      if (edit.kind === 'hook' && edit.index !== undefined && edit.index !== unit) continue;
      const added = typeof edit.value === 'number' ? edit.value : (edit.value[order]?.[unit] ?? Number.NaN);
      values[start + unit] = edit.keep * (values[start + unit] ?? Number.NaN) + added;
    }
  }
}

/** hook + (new z - z) * scale * W_dec[i], the scale as it was before; or hook + (keep - 1) error. */
function moveLatent(
  values: Float64Array,
  read: Float64Array,
  edit: LatentEdit,
  { order, position, config, weights }: Row & ReferenceSae,
): void {
  const at = position * config.d_in;
  const row = read.subarray(at, at + config.d_in);
  const { acts, error } = referenceSae(config, weights, row);
  const { index, keep, value } = edit;
  const added = typeof value === 'number' ? value : (value[order] ?? Number.NaN);
  const before = index === 'error' ? 1 : (acts[index] ?? Number.NaN);
  const written =
    index === 'error' ? error : weights('W_dec').subarray(index * config.d_in, (index + 1) * config.d_in);
  const scale = index === 'error' ? 1 : outputScale(config, row);
  const by = ((keep - 1) * before + added) * scale;
  for (let i = 0; i < config.d_in; i++)
    values[at + i] = (values[at + i] ?? Number.NaN) + by * (written[i] ?? Number.NaN);
}

/** What a SAE's output is multiplied by at one row of its hook: what undoes the normalisation of the input. */
export function outputScale(config: SaeConfig, row: Float64Array | Float32Array): number {
  const raw = Float64Array.from(row);
  const offset = config.center_input ? raw.reduce((sum, value) => sum + value, 0) / raw.length : 0;
  const values = raw.map((value) => (value - offset) * config.input_scale);
  return runTimeScale(config, values) / config.input_scale;
}

function runTimeScale(config: SaeConfig, values: Float64Array): number {
  const row = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / row.length;
  switch (config.normalize_activations) {
    case 'none':
      return 1;
    case 'constant_norm_rescale':
      return Math.hypot(...values) / Math.sqrt(row.length);
    case 'layer_norm':
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (row.length - 1));
  }
}
