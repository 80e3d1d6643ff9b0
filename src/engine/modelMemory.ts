import { encoderBytes, engineBytes, estimateMemory } from '../core/analysis/memory.ts';
import type { SaeWeights } from '../core/graph/saeMatrix.ts';
import type { ModelConfig } from '../core/model/config.ts';
import type { PrepackChoice } from '../core/speed.ts';
import type { EngineMemory, ModelListing } from '../protocol/engineContract.ts';
import { ownSaeFolders } from '../runtime/files/listModels.ts';
import { openCheckpoint } from '../runtime/files/openCheckpoint.ts';
import { openSaes } from '../runtime/files/openSaes.ts';
import { freeBytes, planWeights, type WeightPlan } from './memory.ts';

/** A prompt as people trace them. */
const TOKENS = 64;

/** What the engine takes with one trace of 64 tokens and its latents. */
export function memoryOf(config: ModelConfig, plan: WeightPlan, saes: readonly SaeWeights[]): EngineMemory {
  return engineBytes(estimateMemory(config, { pos: TOKENS, ...plan }), encoderBytes(saes, plan.half));
}

/** The same before a model is loaded, by headers alone, with the SAEs that prompts get. @throws as openCheckpoint */
export async function modelMemory(
  directory: string,
  options: { readonly prepack: PrepackChoice; readonly detached: ReadonlySet<string> },
): Promise<ModelListing['memory']> {
  const { checkpoint } = await openCheckpoint(directory, { scan: 'never' });
  const plan = planWeights(checkpoint, options);
  const saes = await attachedSaes(directory, options.detached);
  const { total } = estimateMemory(checkpoint.config, { pos: TOKENS, ...plan });
  const needed = total + encoderBytes(saes, plan.half).own;
  return { ...memoryOf(checkpoint.config, plan, saes), mode: plan.mode, fits: needed <= freeBytes() };
}

/** One that is broken is told by its row, and takes nothing. */
async function attachedSaes(directory: string, detached: ReadonlySet<string>): Promise<SaeWeights[]> {
  const folders = (await ownSaeFolders(directory)).filter((folder) => !detached.has(folder));
  const opened = await Promise.all(
    folders.map((folder) => openSaes([folder], { scan: 'never' }).catch(() => [])),
  );
  return opened.flat();
}
