import { engineBytes, estimateMemory } from '../core/analysis/memory.ts';
import type { ModelConfig } from '../core/model/config.ts';
import type { PrepackChoice } from '../core/speed.ts';
import type { EngineMemory, ModelListing } from '../protocol/engineContract.ts';
import { openCheckpoint } from '../runtime/files/openCheckpoint.ts';
import { freeBytes, planWeights, type WeightPlan } from './memory.ts';

/** A prompt as people trace them. */
const TOKENS = 64;

/** What the engine takes with one trace of 64 tokens. */
export function memoryOf(config: ModelConfig, plan: WeightPlan, tokens: number = TOKENS): EngineMemory {
  return engineBytes(estimateMemory(config, { pos: tokens, ...plan }));
}

/** The same before a model is loaded, by its headers alone. @throws as openCheckpoint */
export async function modelMemory(
  directory: string,
  prepack: PrepackChoice,
): Promise<ModelListing['memory']> {
  const { checkpoint } = await openCheckpoint(directory, { scan: 'never' });
  const plan = planWeights(checkpoint, { prepack });
  const { total } = estimateMemory(checkpoint.config, { pos: TOKENS, ...plan });
  return { ...memoryOf(checkpoint.config, plan), mode: plan.mode, fits: total <= freeBytes() };
}
