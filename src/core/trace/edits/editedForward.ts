import { throwIfCancelled } from '../../errors.ts';
import type { BlockOutput } from '../../graph/block.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { editedBlock, editedResidual, type EditPlan } from './editedBlock.ts';
import type { RunEdit } from './runEdit.ts';
import type { Activations, ForwardOptions, ForwardResult, Runner } from '../runner.ts';
import type { SaeRunner } from '../saeRunner.ts';

/** Edits of one run, in order, and the SAEs of its latent edits by id. */
export interface Edits {
  readonly edits: readonly RunEdit[];
  readonly saes: ReadonlyMap<string, SaeRunner>;
}

/** Hears the outputs of a block while the run goes on; what it deletes is not kept. */
export type OnBlock = (layer: number, activations: Map<BlockOutput, Tensor>) => void;

export const NO_EDITS: Edits = { edits: [], saes: new Map() };

/** Runs a part of the model that has been run without these edits already. */
export interface Prefix {
  /** hook_resid_pre of layer l at [l], unedited, at least up to `layer`. */
  readonly resid: readonly Tensor[];
  /** First residual stream that an edit changes. */
  readonly layer: number;
}

/**
 * The whole model over one prompt with edits. Without edits it is `Runner.forward` bit for bit. Layers of the prefix
 * have no activations.
 */
export async function editedForward(
  runner: Runner,
  ids: readonly number[],
  { edits, saes }: Edits,
  options: ForwardOptions & { readonly prefix?: Prefix | undefined; readonly onBlock?: OnBlock | undefined },
): Promise<ForwardResult> {
  const { n_layers } = runner.config;
  const { prefix, signal } = options;
  const plan: EditPlan = { lists: [edits], rows: { first: 0, count: ids.length }, saes };
  const want = [...new Set([...options.want, 'resid_post' as const])];
  const start = prefix?.layer ?? 0;
  const resid: Tensor[] = prefix?.resid.slice(0, start) ?? [];
  const layers: Activations[] = resid.map(() => new Map());
  let x = prefix?.resid[start] ?? (await runner.embed(ids)).residPre;
  x = await editedResidual(x, start, plan);
  resid.push(x);
  for (let layer = start; layer < n_layers; layer++) {
    throwIfCancelled(signal);
    const activations = new Map(await editedBlock(runner, { layer, x, want }, plan));
    x = await editedResidual(activations.get('resid_post') ?? x, layer + 1, plan);
    activations.set('resid_post', x);
    resid.push(x);
    options.onBlock?.(layer, activations);
    layers.push(activations);
    options.onLayer?.(layer);
  }
  return { resid, layers };
}
