import { tensor, type Tensor } from '../../tensor/tensor.ts';
import { editedBlock, type EditPlan } from '../edits/editedBlock.ts';
import type { Activations, BlockRun } from '../runner.ts';
import { atLeastTwo, LEAST_ROWS, type VariantModel } from './variantModel.ts';

/** One block over a batch of runs that differ by their edits. A single row is run twice: see LEAST_ROWS. */
export async function runBlock(
  { runner }: VariantModel,
  run: Omit<BlockRun, 'edits' | 'batch'>,
  plan: EditPlan,
): Promise<Activations> {
  if ((run.x.dims[0] ?? 0) >= LEAST_ROWS) return editedBlock(runner, run, plan);
  const twice = { ...plan, lists: [...plan.lists, ...plan.lists] };
  const both = await editedBlock(runner, { ...run, x: atLeastTwo(run.x) }, twice);
  return new Map([...both].map(([name, value]) => [name, firstHalf(value)]));
}

function firstHalf(value: Tensor): Tensor {
  const [first = 0, ...rest] = value.dims;
  return tensor([first / 2, ...rest], value.data.subarray(0, value.data.length / 2));
}
