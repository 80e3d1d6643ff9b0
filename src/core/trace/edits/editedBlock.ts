import { bug } from '../../errors.ts';
import type { BlockOutput } from '../../graph/block.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { latentDeltas } from './latentDeltas.ts';
import { layerEdits, type Rows } from './layerEdits.ts';
import type { LatentEdit, ResidualEdit, RunEdit } from './runEdit.ts';
import type { Activations, BlockRun, Runner } from '../runner.ts';
import type { SaeRunner } from '../saeRunner.ts';

/** What a batch of runs is edited by; item i of the batch by `lists[i]`. */
export interface EditPlan {
  readonly lists: readonly (readonly RunEdit[])[];
  readonly rows: Rows;
  /** SAEs of latent edits, by id. */
  readonly saes: ReadonlyMap<string, SaeRunner>;
}

/** Hooks inside a block at which latents can be edited, in order of computation. */
export const INNER_HOOKS = ['z', 'attn_out', 'resid_mid', 'post', 'mlp_out'] as const;
export type InnerHook = (typeof INNER_HOOKS)[number];

/** Where in the model an edit happens: a residual stream between blocks (n_layers = the last), or inside a block. */
export type EditPlace =
  | { readonly kind: 'between'; readonly boundary: number }
  | { readonly kind: 'block'; readonly layer: number; readonly hook: InnerHook | null }
  | { readonly kind: 'final' };

/** @throws internal/bug for a SAE that is not there: whoever resolved the edit has checked */
export function placeOfEdit(edit: RunEdit, saes: EditPlan['saes']): EditPlace {
  switch (edit.kind) {
    case 'hook':
      return { kind: 'block', layer: edit.layer, hook: null };
    case 'scale':
      return edit.layer === null ? { kind: 'final' } : { kind: 'block', layer: edit.layer, hook: null };
    case 'residual':
      return residualPlace(edit.hook, edit.layer);
    case 'latent': {
      const { layer, hook } = saePlace(edit.sae, saes);
      return hook === 'resid_pre' || hook === 'resid_post'
        ? residualPlace(hook, layer)
        : { kind: 'block', layer, hook };
    }
  }
}

function residualPlace(hook: ResidualEdit['hook'], layer: number): EditPlace {
  if (hook === 'resid_mid') return { kind: 'block', layer, hook: null };
  return { kind: 'between', boundary: hook === 'resid_pre' ? layer : layer + 1 };
}

const SAE_HOOK =
  /^blocks\.(\d+)\.(?:attn\.(?=hook_z$)|mlp\.(?=hook_post$)|(?!hook_(?:z|post)$))hook_(resid_pre|z|attn_out|resid_mid|post|mlp_out|resid_post)$/;

function saePlace(
  id: string,
  saes: EditPlan['saes'],
): { layer: number; hook: InnerHook | ResidualEdit['hook'] } {
  const name = saes.get(id)?.sae.config.hook_name;
  const match = SAE_HOOK.exec(name ?? '');
  if (!match) throw bug(`edits reach SAE ${id} at ${name ?? 'no hook'}`);
  return { layer: Number(match[1]), hook: match[2] as InnerHook | ResidualEdit['hook'] };
}

/** Whether latents of a SAE at this hook can be edited. */
export function isEditableHook(hook_name: string): boolean {
  return SAE_HOOK.test(hook_name);
}

/** First residual stream that any of the edits changes or reads past; n_layers when only the final LayerNorm is. */
export function firstEdited(edits: readonly RunEdit[], saes: EditPlan['saes'], n_layers: number): number {
  const layers = edits.map((edit) => {
    const place = placeOfEdit(edit, saes);
    return place.kind === 'between' ? place.boundary : place.kind === 'block' ? place.layer : n_layers;
  });
  return Math.min(n_layers, ...layers);
}

/**
 * One block with the edits inside it. An edited latent depends on what the run itself has at the hook: the block is
 * run once more for each such hook. Gives what `run.want` asks, and resid_post before edits of the residual stream
 * after the block.
 */
export async function editedBlock(
  runner: Runner,
  run: Omit<BlockRun, 'edits' | 'batch'>,
  plan: EditPlan,
): Promise<Activations> {
  const batch = plan.lists.length;
  let { lists } = plan;
  const once = (want: readonly BlockOutput[]): Promise<Activations> =>
    runner.block({ ...run, want, batch, edits: layerEdits(runner.config, run.layer, lists, plan.rows) });
  for (const hook of INNER_HOOKS) {
    const latents = plan.lists.map((edits) => latentsInside(edits, run.layer, hook, plan.saes));
    if (latents.every((own) => own.length === 0)) continue;
    const values = (await once([hook])).get(hook);
    if (!values) throw bug(`a block lost its ${hook}`);
    const count = batch * plan.rows.count;
    const rows = tensor([count, values.data.length / count], values.data);
    const deltas = await latentDeltas(rows, { ...plan, lists: latents });
    lists = lists.map((edits, item) => [...edits, ...additions(runner, run.layer, hook, deltas[item] ?? [])]);
  }
  return once(run.want);
}

function latentsInside(
  edits: readonly RunEdit[],
  layer: number,
  hook: InnerHook,
  saes: EditPlan['saes'],
): LatentEdit[] {
  return edits.filter((edit): edit is LatentEdit => {
    if (edit.kind !== 'latent') return false;
    const place = placeOfEdit(edit, saes);
    return place.kind === 'block' && place.layer === layer && place.hook === hook;
  });
}

/** What latents add to a hook, as edits of the hook. */
function additions(
  { config }: Runner,
  layer: number,
  hook: InnerHook,
  deltas: readonly { readonly position: number; readonly vector: Float32Array }[],
): RunEdit[] {
  if (deltas.length === 0) return [];
  const positions = deltas.map(({ position }) => position);
  const value = deltas.map(({ vector }) => vector);
  if (hook === 'resid_mid') return [{ kind: 'residual', hook, layer, positions, keep: 1, value }];
  if (hook !== 'z') return [{ kind: 'hook', hook, layer, positions, keep: 1, value }];
  return Array.from({ length: config.n_heads }, (_, head): RunEdit => {
    const part = (vector: Float32Array): Float32Array =>
      vector.subarray(head * config.d_head, (head + 1) * config.d_head);
    return { kind: 'hook', hook, layer, head, positions, keep: 1, value: value.map(part) };
  });
}

/**
 * The residual stream between blocks with its edits, in their order: `boundary` l = hook_resid_pre of layer l and
 * hook_resid_post of layer l - 1, which are one tensor here. [batch * rows, d_model] -> the same tensor when nothing
 * edits it, else a new one.
 */
export async function editedResidual(x: Tensor, boundary: number, plan: EditPlan): Promise<Tensor> {
  const own = plan.lists.map((edits) =>
    edits.filter((edit): edit is ResidualEdit | LatentEdit => {
      const place = placeOfEdit(edit, plan.saes);
      return place.kind === 'between' && place.boundary === boundary;
    }),
  );
  if (own.every((edits) => edits.length === 0)) return x;
  const result = tensor(x.dims, x.data.slice());
  const groups = own.map(residualSteps);
  const steps = Math.max(...groups.map((each) => each.length));
  for (let step = 0; step < steps; step++) {
    const now = groups.map((each) => each[step] ?? []);
    const latents = now.map((edits) => edits.filter((edit) => edit.kind === 'latent'));
    const deltas = await latentDeltas(result, { ...plan, lists: latents });
    for (const [item, edits] of now.entries()) {
      for (const edit of edits) if (edit.kind === 'residual') changeRows(result, item, edit, plan.rows);
      for (const { position, vector } of deltas[item] ?? [])
        changeRow(result, item * plan.rows.count + position - plan.rows.first, 1, vector);
    }
  }
  return result;
}

/** Edits of one residual stream that happen at once: neighbouring latents read the same stream. */
export function residualSteps(
  edits: readonly (ResidualEdit | LatentEdit)[],
): readonly (readonly (ResidualEdit | LatentEdit)[])[] {
  const steps: (ResidualEdit | LatentEdit)[][] = [];
  for (const edit of edits) {
    const last = steps.at(-1);
    if (edit.kind === 'latent' && last?.at(-1)?.kind === 'latent') last.push(edit);
    else steps.push([edit]);
  }
  return steps;
}

function changeRows(x: Tensor, item: number, edit: ResidualEdit, { first, count }: Rows): void {
  for (const [order, position] of edit.positions.entries()) {
    if (position < first || position >= first + count) continue;
    const value = typeof edit.value === 'number' ? edit.value : (edit.value[order] ?? Number.NaN);
    changeRow(x, item * count + position - first, edit.keep, value);
  }
}

/** Two roundings, as the graphs have them. */
function changeRow(x: Tensor, index: number, keep: number, value: number | Float32Array): void {
  const width = x.dims[1] ?? 1;
  const factor = Math.fround(keep);
  for (let unit = 0; unit < width; unit++) {
    const at = index * width + unit;
    const added = typeof value === 'number' ? Math.fround(value) : (value[unit] ?? Number.NaN);
    x.data[at] = Math.fround(factor * (x.data[at] ?? Number.NaN)) + added;
  }
}
