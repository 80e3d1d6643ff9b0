import { join } from 'node:path';
import { NodeReads } from '../../src/core/analysis/nodes/nodeReads.ts';
import type { Weights } from '../../src/core/model/gpt2.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import type { UnitModel, UnitSae } from '../../src/core/records/units/unitModel.ts';
import type { SaeWeights } from '../../src/core/sae/reference.ts';
import { SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { openSaes } from '../../src/runtime/files/openSaes.ts';
import { openRunner } from './openRunner.ts';
import { writeRandomModel, type RandomModelOptions } from './randomModel.ts';
import { writeRandomSae, type RandomSaeOptions, widthAt } from './randomSae.ts';
import { readAllWeights } from './referenceWeights.ts';

/** A model with SAEs ready for readings of units, and its weights for the float64 side. */
export interface OpenUnits {
  readonly model: UnitModel;
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly saeWeights: ReadonlyMap<string, SaeWeights>;
  release(): Promise<void>;
}

/** Writes a random model with SAEs into a folder and opens both. */
export async function openRandomUnits(
  folder: string,
  options: RandomModelOptions & { readonly saes: readonly Omit<RandomSaeOptions, 'd_in'>[] },
): Promise<OpenUnits> {
  const { saes, ...model } = options;
  const directory = join(folder, 'model');
  const config = await writeRandomModel(directory, model);
  const folders = saes.map(({ hook_name }) => join(folder, 'saes', hook_name));
  for (const [at, sae] of saes.entries())
    await writeRandomSae(folders[at] ?? '', { ...sae, d_in: widthAt(sae.hook_name, config) });
  return openUnits(directory, folders);
}

export async function openUnits(directory: string, saeFolders: readonly string[]): Promise<OpenUnits> {
  const { checkpoint, runner, graphs, sessions } = await openRunner(directory);
  const reads = new NodeReads(checkpoint, sessions, 'prepack');
  const opened = saeFolders.length === 0 ? [] : await openSaes(saeFolders);
  const saes = new Map<string, UnitSae>();
  const saeWeights = new Map<string, SaeWeights>();
  for (const sae of opened) {
    saes.set(sae.id, { ...sae, runner: new SaeRunner(sae, sessions, 'mapped') });
    saeWeights.set(sae.id, await readAllWeights(sae));
  }
  return {
    model: { runner, reads, saes },
    config: checkpoint.config,
    weights: await readAllWeights(checkpoint),
    saeWeights,
    release: async () => {
      await reads.release();
      await graphs.release();
      for (const { runner: sae } of saes.values()) await sae.release();
    },
  };
}
