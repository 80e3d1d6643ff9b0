import { bug } from '../../errors.ts';
import type { BlockOutput } from '../../graph/block.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { layerEdits, type Rows } from '../layerEdits.ts';
import type { LatentEdit, RunEdit } from '../runEdit.ts';
import type { Activations, Past } from '../runner.ts';
import { latentChanges, type LatentPlace } from './latents.ts';
import { placeOf, saeSite, type SaeHook } from './place.ts';
import { LEAST_ROWS, type VariantModel } from './variantModel.ts';

/** One block over a batch of runs that differ by their edits. */
export interface EditedBlock {
  readonly layer: number;
  /** hook_resid_pre, [batch * rows, d_model]. */
  readonly x: Tensor;
  /** Edits of each run of the batch, all of them, in order. */
  readonly lists: readonly (readonly RunEdit[])[];
  readonly rows: Rows;
  readonly past: Past | null;
  readonly want: readonly BlockOutput[];
}

/** Hooks inside a block that SAEs read, in order of computation. */
const INNER = ['z', 'attn_out', 'resid_mid', 'mlp_out'] as const;
type InnerHook = (typeof INNER)[number];

/**
 * Runs the block with every edit inside it. An edited latent depends on what the run itself has at the hook, so that
 * the block is run once more for each such hook. A single row is run twice: see LEAST_ROWS.
 */
export async function runEditedBlock(model: VariantModel, block: EditedBlock): Promise<Activations> {
  const { x, lists } = block;
  if ((x.dims[0] ?? 0) >= LEAST_ROWS) return runTogether(model, block);
  const width = x.dims[1] ?? 1;
  const data = new Float32Array(2 * x.data.length);
  data.set(x.data);
  data.set(x.data, x.data.length);
  const twice = { ...block, x: tensor([2, width], data), lists: [...lists, ...lists] };
  const both = await runTogether(model, twice);
  return new Map([...both].map(([name, value]) => [name, firstHalf(value)]));
}

async function runTogether(model: VariantModel, block: EditedBlock): Promise<Activations> {
  let { lists } = block;
  for (const hook of INNER) {
    if (!lists.some((edits) => latentsAt(model, edits, { hook, layer: block.layer }).length > 0)) continue;
    const acts = await runOnce(model, { ...block, lists, want: [hook] });
    lists = await withLatents(model, { ...block, lists }, hook, need(acts, hook));
  }
  return runOnce(model, { ...block, lists });
}

function runOnce(model: VariantModel, block: EditedBlock): Promise<Activations> {
  const { layer, x, lists, rows, past, want } = block;
  const edits = layerEdits(model.config, layer, lists, rows);
  const run = { layer, x, batch: lists.length, want, edits };
  return model.runner.block(past ? { ...run, past } : run);
}

function latentsAt(
  model: VariantModel,
  edits: readonly RunEdit[],
  site: { readonly hook: SaeHook; readonly layer: number },
): LatentEdit[] {
  return edits.filter((edit) => {
    if (edit.kind !== 'latent') return false;
    const { hook, layer } = saeSite(model, edit.sae);
    return hook === site.hook && layer === site.layer;
  }) as LatentEdit[];
}

/** The runs' edits with what their latents change at the hook, as an addition to the hook. */
async function withLatents(
  model: VariantModel,
  block: EditedBlock,
  hook: InnerHook,
  values: Tensor,
): Promise<readonly (readonly RunEdit[])[]> {
  const { rows, layer } = block;
  const lists = block.lists.map((edits) => [...edits]);
  const width = values.data.length / (lists.length * rows.count);
  const matrix = tensor([lists.length * rows.count, width], values.data);
  const asked = block.lists.map((edits) => latentsAt(model, edits, { hook, layer }));
  for (const id of new Set(asked.flat().map(({ sae }) => sae))) {
    const own = asked.map((edits) => edits.filter(({ sae }) => sae === id));
    const places = own.flatMap((edits, run) => latentPlaces(edits, rows, run));
    const changes = await latentChanges(model, id, matrix, places);
    places.forEach(({ row, at }, index) => {
      const vector = changes[index] ?? new Float32Array(width);
      const run = Math.floor(row / rows.count);
      lists[run]?.push(...additions(model, { hook, layer, at }, vector));
    });
  }
  return lists;
}

function latentPlaces(edits: readonly LatentEdit[], rows: Rows, run: number): LatentPlace[] {
  const positions = new Set(edits.flatMap((edit) => edit.positions));
  return [...positions]
    .filter((at) => at >= rows.first && at < rows.first + rows.count)
    .map((at) => ({
      row: run * rows.count + at - rows.first,
      at,
      edits: edits.filter((edit) => edit.positions.includes(at)),
    }));
}

function additions(
  { config }: VariantModel,
  { hook, layer, at }: { readonly hook: InnerHook; readonly layer: number; readonly at: number },
  vector: Float32Array,
): RunEdit[] {
  const added = { layer, positions: [at], keep: 1 };
  if (hook === 'resid_mid') return [{ kind: 'residual', hook, ...added, value: [vector] }];
  if (hook === 'z') {
    return Array.from({ length: config.n_heads }, (_, head): RunEdit => {
      const value = [vector.subarray(head * config.d_head, (head + 1) * config.d_head)];
      return { kind: 'hook', hook, head, ...added, value };
    });
  }
  return [{ kind: 'hook', hook, ...added, value: [vector] }];
}

/** Edits of the residual stream that block `boundary` reads, made in place. x [batch * rows, d_model]. */
export async function editBoundary(
  model: VariantModel,
  boundary: number,
  { x, lists, rows }: Pick<EditedBlock, 'x' | 'lists' | 'rows'>,
): Promise<void> {
  for (const [run, edits] of lists.entries()) {
    for (const edit of edits) {
      if (placeOf(model, edit) !== boundary) continue;
      if (edit.kind === 'latent') {
        const places = latentPlaces([edit], rows, run);
        const changes = await latentChanges(model, edit.sae, x, places);
        places.forEach((place, index) => addTo(x, place.row, changes[index] ?? new Float32Array()));
      } else if (edit.kind === 'residual') {
        for (const [order, at] of edit.positions.entries()) {
          if (at < rows.first || at >= rows.first + rows.count) continue;
          const value = typeof edit.value === 'number' ? edit.value : edit.value[order];
          changeRow(x, run * rows.count + at - rows.first, edit.keep, value ?? Number.NaN);
        }
      }
    }
  }
}

function changeRow(x: Tensor, index: number, keep: number, value: number | Float32Array): void {
  const width = x.dims[1] ?? 1;
  for (let unit = 0; unit < width; unit++) {
    const at = index * width + unit;
    const added = typeof value === 'number' ? value : (value[unit] ?? Number.NaN);
    x.data[at] = keep * (x.data[at] ?? 0) + added;
  }
}

function addTo(x: Tensor, index: number, vector: Float32Array): void {
  changeRow(x, index, 1, vector);
}

function firstHalf(value: Tensor): Tensor {
  const [first = 0, ...rest] = value.dims;
  return tensor([first / 2, ...rest], value.data.subarray(0, value.data.length / 2));
}

function need(acts: Activations, name: BlockOutput): Tensor {
  const found = acts.get(name);
  if (!found) throw bug(`a block lost its output ${name}`);
  return found;
}
