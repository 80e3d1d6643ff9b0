import assert from 'node:assert/strict';
import { join } from 'node:path';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import { assertClose } from '../support/closeness.ts';
import { openBenchAt, type GradientBench } from '../support/gradientBench.ts';
import { everyGradient, everyHook, lensNames } from '../support/lensFile.ts';
import { openSafetensors, type SafetensorsFile } from '../support/safetensorsFile.ts';

const GOLDEN = join(import.meta.dirname, '..', 'golden');
/** As in test/golden/recipes/lens_gpt2.py, which computed in float64 and rounded to float32. */
const IDS = [5, 88, 17, 17, 3, 110, 42, 64, 5, 88];
const SCALAR = {
  kind: 'logits',
  reading: 'logit_diff',
  targets: [7],
  distractors: [101],
  position: IDS.length - 1,
} as const;
const ROUNDED = 1e-6;
const FLOAT = 1e-5;

describe('a golden of TransformerLens', () => {
  let bench: GradientBench;
  let theirs: SafetensorsFile;

  before(async () => {
    bench = await openBenchAt(join(GOLDEN, 'hf-gpt2'), IDS, { saes: [] });
    theirs = await openSafetensors(join(GOLDEN, 'lens-gpt2', 'float64.safetensors'));
  });
  after(() => bench?.release());

  it('has the hooks that Underglass has, by the same names', () => {
    const names = [...theirs.names].filter((name) => !/^(grad|hf)\//.test(name));
    assert.deepEqual(names.toSorted(), lensNames(bench.config).hooks.toSorted());
  });

  it('the graphs and the float64 reference give every hook', async () => {
    for await (const { name, values } of everyHook(bench.source)) {
      const expected = await theirs.read(name);
      assertClose(values, expected.data, FLOAT, name);
      assertClose(
        bench.clean.hooks.get(name)?.data ?? [],
        expected.data,
        ROUNDED,
        `${name} of the reference`,
      );
    }
  });

  it('the graphs give the gradient of a logit difference at every hook', async () => {
    const found = everyGradient(bench.source, await gradients(bench.source, SCALAR, { frozenScale: false }));
    const names = found.map(({ name }) => name);
    assert.deepEqual(names.toSorted(), lensNames(bench.config).gradients.toSorted());
    for (const { name, values } of found)
      assertClose(values, (await theirs.read(`grad/${name}`)).data, FLOAT, `gradient at ${name}`);
  });
});
