import { estimateMemory } from '../../core/analysis/memory.ts';
import { bufferBytes, collectGarbage } from '../../runtime/processMemory.ts';
import { makeFit } from '../memory.ts';
import type { OpenModel } from '../openModel.ts';

/** Dropped tensors past this size are freed before it is judged what fits. */
const COLLECT_ABOVE_BYTES = 256 * 2 ** 20;
/** Gradients of one view past this size are let go before those of the next are computed. */
const LARGE_BYTES = 256 * 2 ** 20;

/** Models whose backward graphs are loaded. */
const debugged = new WeakSet<OpenModel>();

/** Refuses a prompt whose gradients would not fit. @throws model/too-large with the numbers */
export async function makeGradientsFit(
  model: OpenModel,
  { pos, sides, what }: { readonly pos: number; readonly sides: number; readonly what: string },
): Promise<void> {
  if (bufferBytes() > COLLECT_ABOVE_BYTES) collectGarbage();
  const debug = { sides, loaded: debugged.has(model) };
  await makeFit(model.runner.config, model.plan, { pos, what, loaded: true, debug }, model.room);
}

/** Gradients of a model were computed: what they load is loaded. */
export function noteDebugged(model: OpenModel): void {
  debugged.add(model);
}

/** Whether the gradients of a view are too large to keep those of another beside them. */
export function areLarge({ runner, plan }: OpenModel, pos: number, sides: number): boolean {
  return sides * estimateMemory(runner.config, { pos, ...plan }).gradients > LARGE_BYTES;
}
