import { join } from 'node:path';
import type { Weights } from '../../src/core/model/gpt2.ts';
import type { SaeConfig } from '../../src/core/sae/config.ts';
import type { SaeWeights } from '../../src/core/sae/reference.ts';
import { SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { VariantModel } from '../../src/core/trace/variants/variantModel.ts';
import { openSaes } from '../../src/runtime/files/openSaes.ts';
import { openRunner } from './openRunner.ts';
import { seededRandom } from './random.ts';
import { writeRandomModel, type RandomModelOptions } from './randomModel.ts';
import { writeRandomSae, type RandomSaeOptions, widthAt } from './randomSae.ts';
import { readAllWeights } from './referenceWeights.ts';
import { withTemporaryFolder } from './temporaryFolder.ts';

export interface OpenVariants {
  readonly model: VariantModel;
  readonly trace: Trace;
  readonly weights: Weights;
  readonly saes: readonly { readonly id: string; readonly config: SaeConfig; readonly weights: SaeWeights }[];
}

/** A random model with SAEs and a trace of random tokens, ready for edited runs. */
export async function withVariantModel(
  options: RandomModelOptions & {
    readonly positions: number;
    readonly saes?: readonly Omit<RandomSaeOptions, 'd_in'>[];
  },
  use: (opened: OpenVariants) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const directory = join(folder, 'model');
    const config = await writeRandomModel(directory, options);
    const { checkpoint, runner, sessions, graphs } = await openRunner(directory);
    const folders: string[] = [];
    for (const [index, sae] of (options.saes ?? []).entries()) {
      const saeFolder = join(folder, `sae${index}`);
      await writeRandomSae(saeFolder, { ...sae, d_in: widthAt(sae.hook_name, config) });
      folders.push(saeFolder);
    }
    const opened = folders.length > 0 ? await openSaes(folders) : [];
    const runners = new Map(opened.map((sae) => [sae.id, new SaeRunner(sae, sessions, 'mapped')]));
    const model = new VariantModel({ checkpoint, sessions, policy: 'prepack', runner, saes: runners });
    const random = seededRandom(11);
    const ids = Array.from({ length: options.positions }, () => random.below(config.d_vocab));
    const saes = await Promise.all(
      opened.map(async (sae) => ({ id: sae.id, config: sae.config, weights: await readAllWeights(sae) })),
    );
    await use({
      model,
      trace: await Trace.run(runner, ids),
      weights: await readAllWeights(checkpoint),
      saes,
    });
    await model.release();
    for (const sae of runners.values()) await sae.release();
    await graphs.release();
  });
}
