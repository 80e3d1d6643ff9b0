import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ablationScore } from '../../src/core/explain/ablation.ts';
import { referenceForward, type Edit, type Weights } from '../../src/core/model/gpt2.ts';
import type { Unit } from '../../src/core/model/units.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import { ablationRuns } from '../../src/engine/explain/ablationRuns.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { openFolder } from '../support/openIndexes.ts';
import { normals, seededRandom } from '../support/random.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae } from '../support/randomSae.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const HOOK = 'blocks.1.hook_resid_pre';
const LENGTH = 9;
const MEAN = 0.7;
const NEURON = { kind: 'neuron', layer: 0, neuron: 5 } as const;

/** An edit of the float64 model that puts values in the unit's place. */
type SetUnit = (values: readonly number[]) => Edit;

describe('the ablation score', function () {
  this.timeout(60_000);

  it('is that of a float64 model that is run again with the simulated values', () =>
    withTemporaryFolder(async (folder) => {
      const directory = join(folder, 'model');
      const { d_model, d_vocab } = await writeRandomModel(directory, { seed: 3 });
      await writeRandomSae(join(folder, 'sae'), {
        architecture: 'standard',
        hook_name: HOOK,
        d_in: d_model,
        d_sae: 24,
      });
      const model = await openFolder(directory, [join(folder, 'sae')]);
      const { checkpoint } = await openCheckpoint(directory);
      const weights = await readAllWeights(checkpoint);
      const random = seededRandom(8);
      const windows = (['top', 'random'] as const).map((set, index) => ({
        set,
        ids: Array.from({ length: LENGTH }, () => random.below(d_vocab)),
        simulated: [...normals(seededRandom(20 + index), LENGTH, { mean: 0, std: 2 })],
      }));
      const config = checkpoint.config;
      const setNeuron: SetUnit = (values) => (name, data, dims) => {
        if (name !== 'blocks.0.mlp.hook_post') return;
        values.forEach((value, position) => (data[position * (dims.at(-1) ?? 0) + NEURON.neuron] = value));
      };
      const { latent, setLatent } = await latentOf(model);
      const cases: readonly (readonly [Exclude<Unit, { kind: 'head' }>, SetUnit])[] = [
        [NEURON, setNeuron],
        [latent, setLatent],
      ];
      for (const [unit, set] of cases) {
        const signal = new AbortController().signal;
        const runs = await ablationRuns(model, unit, windows, { mean: MEAN, signal });
        for (const [at, { ids, simulated }] of windows.entries()) {
          const clean = predictions(referenceForward(config, weights, ids).logits.data, d_vocab);
          const divergence = (values: readonly number[]): number[] => {
            const { data } = referenceForward(config, weights, ids, set(values)).logits;
            return predictions(data, d_vocab).map((p, position) => jensenShannon(p, clean[position] ?? p));
          };
          close(runs[at]?.simulated ?? [], divergence(simulated), unit.kind);
          close(runs[at]?.mean ?? [], divergence(ids.map(() => MEAN)), unit.kind);
        }
        const total = (of: 'simulated' | 'mean', which: typeof runs): number =>
          which.reduce((sum, run) => sum + Array.from(run[of]).reduce((all, value) => all + value, 0), 0);
        const score = ablationScore(runs);
        assert.ok(
          Math.abs(
            (score.topAndRandom?.value ?? NaN) - (1 - total('simulated', runs) / total('mean', runs)),
          ) < 1e-12,
        );
        const alone = runs.filter(({ set: of }) => of === 'random');
        assert.ok(
          Math.abs(
            (score.randomOnly?.value ?? NaN) - (1 - total('simulated', alone) / total('mean', alone)),
          ) < 1e-12,
        );
      }
      await model.release();
    }));

  it('is 1 when the real activations are put in place, and has nothing to cancel', () =>
    withTemporaryFolder(async (folder) => {
      const { d_vocab } = await writeRandomModel(folder, { seed: 4 });
      const model = await openFolder(folder);
      const { checkpoint } = await openCheckpoint(folder);
      const weights = await readAllWeights(checkpoint);
      const ids = Array.from({ length: LENGTH }, (_, index) => (index * 37) % d_vocab);
      const post =
        referenceForward(checkpoint.config, weights, ids).hooks.get('blocks.0.mlp.hook_post') ??
        assert.fail();
      const real = ids.map(
        (_, position) => post.data[position * (post.dims.at(-1) ?? 0) + NEURON.neuron] ?? NaN,
      );
      const signal = new AbortController().signal;
      const runs = await ablationRuns(model, NEURON, [{ set: 'top', ids, simulated: real }], {
        mean: MEAN,
        signal,
      });
      assert.ok((ablationScore(runs).topAndRandom?.value ?? 0) > 1 - 1e-4);
      await model.release();
    }));
});

/** A latent with its float64 edit: the hook moves by (new z - z) W_dec. */
async function latentOf(
  model: OpenModel,
): Promise<{ readonly latent: Extract<Unit, { kind: 'latent' }>; readonly setLatent: SetUnit }> {
  const [sae = assert.fail('no SAE')] = model.saes.values();
  const tensors: Weights = await readAllWeights(sae);
  const { d_in, d_sae } = sae.config;
  const index = 4;
  const decoder = tensors('W_dec');
  return {
    latent: { kind: 'latent', sae: sae.id, index },
    setLatent: (values) => (name, data) => {
      if (name !== HOOK) return;
      const { acts } = referenceSae(sae.config, tensors, data);
      values.forEach((value, position) => {
        const change = value - (acts[position * d_sae + index] ?? NaN);
        for (let at = 0; at < d_in; at++) {
          data[position * d_in + at] =
            (data[position * d_in + at] ?? NaN) + change * (decoder[index * d_in + at] ?? NaN);
        }
      });
    },
  };
}

/** Softmax of each position. */
function predictions(logits: Float64Array, width: number): number[][] {
  return Array.from({ length: logits.length / width }, (_, position) => {
    const own = [...logits.subarray(position * width, (position + 1) * width)];
    const most = Math.max(...own);
    const powers = own.map((logit) => Math.exp(logit - most));
    const sum = powers.reduce((all, power) => all + power, 0);
    return powers.map((power) => power / sum);
  });
}

/** H((p + q) / 2) - (H(p) + H(q)) / 2. */
function jensenShannon(p: readonly number[], q: readonly number[]): number {
  const entropy = (of: readonly number[]): number =>
    -of.reduce((sum, value) => sum + (value > 0 ? value * Math.log(value) : 0), 0);
  const middle = p.map((value, index) => (value + (q[index] ?? NaN)) / 2);
  return entropy(middle) - (entropy(p) + entropy(q)) / 2;
}

function close(found: ArrayLike<number>, expected: readonly number[], what: string): void {
  assert.equal(found.length, expected.length);
  const largest = Math.max(...expected);
  assert.ok(largest > 1e-4, `${what}: the edit changes something (${largest})`);
  for (const [position, value] of expected.entries()) {
    const difference = Math.abs((found[position] ?? NaN) - value);
    assert.ok(difference <= 1e-3 * largest, `${what} at ${position}: ${found[position]} and ${value}`);
  }
}
