import { bug } from '../errors.ts';
import type { BlockOutput } from '../graph/block.ts';
import type { EditUnit } from '../prompt/editUnit.ts';
import { tensor, type Tensor } from '../tensor/tensor.ts';
import { activationAt } from './edits/latentDeltas.ts';
import type { SaeRunner } from './saeRunner.ts';
import type { Trace } from './trace.ts';

/** Values of a unit at a position: see `readUnit`. */
export type UnitRows = (position: number) => Float32Array;

/**
 * What a trace has at a unit: [d_head] for heads (their z unless the unit names another hook), [d_model] for sites
 * and the embedding, one number for neurons, latents and LayerNorms (1/sigma). Patterns: [head's keys].
 */
export async function readUnit(
  trace: Trace,
  unit: EditUnit,
  saes: ReadonlyMap<string, SaeRunner>,
): Promise<UnitRows> {
  const block = async (layer: number, name: BlockOutput): Promise<Tensor> =>
    needed((await trace.layer(layer)).get(name));
  switch (unit.kind) {
    case 'head':
      return headRows(await block(unit.layer, 'z'), unit.head, 'z');
    case 'head-hook':
      return headRows(await block(unit.layer, unit.hook), unit.head, unit.hook);
    case 'neuron': {
      const { dims, data } = await block(unit.layer, 'post');
      return (position) => numberAt(data, position * (dims[1] ?? 1) + unit.neuron);
    }
    case 'latent':
      return latentRows(trace, unit, saes);
    case 'embedding':
      return matrixRows(trace.residPre(0));
    case 'site':
      if (unit.site === 'resid_pre') return matrixRows(trace.residPre(unit.layer));
      if (unit.site === 'resid_post') return matrixRows(trace.residPre(unit.layer + 1));
      return matrixRows(await block(unit.layer, unit.site));
    case 'norm': {
      const { data } =
        unit.layer === null || unit.norm === 'ln_final'
          ? await trace.finalInvStd()
          : await block(unit.layer, `${unit.norm}.inv_std`);
      return (position) => numberAt(data, position);
    }
  }
}

async function latentRows(
  trace: Trace,
  unit: EditUnit & { readonly kind: 'latent' },
  saes: ReadonlyMap<string, SaeRunner>,
): Promise<UnitRows> {
  const runner = saes.get(unit.sae);
  if (!runner || unit.index === 'error') throw bug(`${unit.sae}/${unit.index} has no activation`);
  const { index } = unit;
  const { data } = await trace.hook(runner.sae.config.hook_name);
  const acts = await runner.encode(tensor([trace.ids.length, runner.sae.config.d_in], data));
  return (position) => Float32Array.of(activationAt(acts, position, index));
}

/** Of z [1, T, head, width] or of the others' [1, head, T, width]. */
function headRows({ dims, data }: Tensor, head: number, hook: string): UnitRows {
  const [, second = 1, third = 1, width = 1] = dims;
  return (position) => {
    const from = (hook === 'z' ? position * third + head : head * third + position) * width;
    if (head >= (hook === 'z' ? third : second)) throw bug(`no head ${head}`);
    return data.slice(from, from + width);
  };
}

function matrixRows({ dims, data }: Tensor): UnitRows {
  const width = dims[1] ?? 1;
  return (position) => data.slice(position * width, (position + 1) * width);
}

function numberAt(data: Float32Array, index: number): Float32Array {
  return Float32Array.of(data[index] ?? Number.NaN);
}

function needed(value: Tensor | undefined): Tensor {
  if (!value) throw bug('a trace lost a hook');
  return value;
}
