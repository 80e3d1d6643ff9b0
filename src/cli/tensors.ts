import { InterpError } from '../core/errors.ts';
import { allHooks, resolveHook } from '../core/model/hooks.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { SparseActs } from '../core/trace/saeRunner.ts';
import type { Jobs } from '../engine/jobs.ts';
import type { ModelInfo, SaeInfo } from '../protocol/engineContract.ts';

/** A tensor of a trace that can be printed or written. */
export interface TensorRef {
  /** TransformerLens name; of a SAE `{SAE id}/{hook}.hook_sae_acts_post`. */
  readonly name: string;
  /** Names of the dimensions, as TransformerLens says them. */
  readonly dims: readonly string[];
  readonly sae: SaeInfo | null;
}

/** Every hook of the model in order of computation, then every SAE. */
export function allTensors(model: ModelInfo): TensorRef[] {
  const hooks = allHooks(model).map(({ name, spec }) => ({ name, dims: spec.dims, sae: null }));
  return [...hooks, ...model.saes.map(saeTensor)];
}

/**
 * A hook by name or shorthand; a SAE by its id (`3-res`), its full name, or its hook's name with
 * `.hook_sae_acts_post` when one SAE is attached there.
 * @throws hook/unknown
 */
export function findTensor(model: ModelInfo, asked: string): TensorRef {
  const saes = model.saes.map((sae) => ({ sae, ref: saeTensor(sae) }));
  const exact = saes.find(({ sae, ref }) => asked === sae.id || asked === ref.name);
  if (exact) return exact.ref;
  const onHook = saes.filter(({ ref }) => ref.name.endsWith(`/${asked}`));
  if (onHook.length > 1) {
    const names = onHook.map(({ sae }) => sae.id).join(', ');
    throw new InterpError('hook/unknown', `"${asked}" names several SAEs; ask for one of ${names}.`, {
      data: { hook: asked },
    });
  }
  if (onHook[0]) return onHook[0].ref;
  const { name, spec } = resolveHook(model, asked);
  return { name, dims: spec.dims, sae: null };
}

/** Values of a tensor in a trace; latents that are not active are 0. */
export async function loadTensor(jobs: Jobs, traceId: string, { name, sae }: TensorRef): Promise<Tensor> {
  if (sae === null) return jobs.hook(traceId, name);
  return dense(await jobs.acts(traceId, sae.id), sae.d_sae);
}

function saeTensor(sae: SaeInfo): TensorRef {
  return { name: `${sae.id}/${sae.hook_name}.hook_sae_acts_post`, dims: ['pos', 'd_sae'], sae };
}

/** Sparse rows as [pos, d_sae]. */
function dense(acts: SparseActs, d_sae: number): Tensor {
  const data = new Float32Array(acts.rows * d_sae);
  for (let row = 0; row < acts.rows; row++) {
    for (let entry = row * acts.k; entry < row * acts.k + (acts.counts[row] ?? 0); entry++) {
      data[row * d_sae + (acts.indices[entry] ?? 0)] = acts.values[entry] ?? 0;
    }
  }
  return { dims: [acts.rows, d_sae], data };
}
