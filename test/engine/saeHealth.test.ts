import assert from 'node:assert/strict';
import { join } from 'node:path';
import { saeHealth } from '../../src/core/analysis/measure/saeHealth.ts';
import { referenceForward, type ReferenceRun } from '../../src/core/model/gpt2.ts';
import { referenceSae } from '../../src/core/sae/reference.ts';
import { SaeRunner } from '../../src/core/trace/saeRunner.ts';
import { openSaes } from '../../src/runtime/files/openSaes.ts';
import { expectError } from '../support/expectError.ts';
import { openRunner } from '../support/openRunner.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { writeRandomSae, type RandomSaeOptions } from '../support/randomSae.ts';
import { readAllWeights } from '../support/referenceWeights.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const TOLERANCE = 1e-4;
const WINDOWS = [
  [0, 5, 9, 33, 2, 17],
  [0, 40, 41, 8],
];
const SAES: readonly Omit<RandomSaeOptions, 'd_in'>[] = [
  { architecture: 'standard', hook_name: 'blocks.0.hook_resid_post', center_input: true },
  { architecture: 'topk', hook_name: 'blocks.1.hook_resid_pre', normalize_activations: 'layer_norm' },
  { architecture: 'jumprelu', hook_name: 'blocks.1.hook_mlp_out', center_input: true, input_scale: 1.5 },
  { architecture: 'topk', hook_name: 'blocks.0.mlp.hook_post', form: 'OpenAI' },
  {
    architecture: 'standard',
    hook_name: 'blocks.1.attn.hook_z',
    json: { reshape_activations: 'hook_z' },
  },
];

describe('health of a SAE', () => {
  for (const options of SAES) {
    it(`equals independent float64 runs with the hook replaced: ${options.hook_name}`, () =>
      withTemporaryFolder((folder) => check(folder, options)));
  }

  it('is refused where nothing can be put in the place of the hook', () =>
    withTemporaryFolder(async (folder) => {
      const config = await writeRandomModel(join(folder, 'model'));
      const { runner, sessions } = await openRunner(join(folder, 'model'));
      const hook_name = 'blocks.0.ln1.hook_normalized';
      await writeRandomSae(join(folder, 'sae'), {
        architecture: 'standard',
        hook_name,
        d_in: config.d_model,
      });
      const [sae] = await openSaes([join(folder, 'sae')]);
      assert.ok(sae);
      const asked = saeHealth(runner, new SaeRunner(sae, sessions, 'mapped'), WINDOWS);
      await expectError(() => asked, 'sae/unsupported', hook_name);
    }));
});

async function check(folder: string, options: Omit<RandomSaeOptions, 'd_in'>): Promise<void> {
  const model = await writeRandomModel(join(folder, 'model'));
  const { checkpoint, runner, sessions } = await openRunner(join(folder, 'model'));
  const d_in = options.hook_name.endsWith('hook_post') ? model.d_mlp : model.d_model;
  await writeRandomSae(join(folder, 'sae'), { ...options, d_in });
  const [sae] = await openSaes([join(folder, 'sae')]);
  assert.ok(sae);
  const { fit, loss } = await saeHealth(runner, new SaeRunner(sae, sessions, 'mapped'), WINDOWS);

  const weights = await readAllWeights(checkpoint);
  const saeWeights = await readAllWeights(sae);
  const run = (ids: readonly number[], change?: (values: Float64Array) => void): ReferenceRun =>
    referenceForward(checkpoint.config, weights, ids, (hook, values) => {
      if (hook === options.hook_name) change?.(values);
    });
  const rows = WINDOWS.map((ids) => run(ids).hooks.get(options.hook_name)?.data.slice(d_in) ?? assert.fail());
  const all = Float64Array.from(rows.flatMap((values) => [...values]));
  const tokens = all.length / d_in;
  const mean = Float64Array.from({ length: d_in }, (_, unit) =>
    all.reduce((sum, value, at) => sum + (at % d_in === unit ? value / tokens : 0), 0),
  );
  const reading = referenceSae(sae.config, saeWeights, all);
  const replaced = (by: (window: number) => ArrayLike<number>): number =>
    WINDOWS.reduce(
      (sum, ids, window) =>
        sum +
        lossOf(
          run(ids, (values) => values.set(by(window), d_in)),
          ids,
        ),
      0,
    ) / tokens;
  const expected = {
    clean: WINDOWS.reduce((sum, ids) => sum + lossOf(run(ids), ids), 0) / tokens,
    reconstruction: replaced(
      (window) => referenceSae(sae.config, saeWeights, rows[window] ?? all).reconstruction,
    ),
    zero: replaced((window) => new Float64Array(rows[window]?.length ?? 0)),
    mean: replaced((window) => rows[window]?.map((_, at) => mean[at % d_in] ?? Number.NaN) ?? []),
  };
  for (const [name, value] of Object.entries(expected)) {
    const found = loss[name as keyof typeof loss];
    assert.ok(
      Math.abs(found - value) < TOLERANCE * Math.max(1, value),
      `${name}: ${found}, expected ${value}`,
    );
  }
  assert.ok(Math.abs(loss.zero - loss.clean) > 0.01, 'the hook matters');
  const missed = reading.error.reduce((sum, value) => sum + value ** 2, 0);
  const offset = (values: Float64Array, at: number): number => {
    const row = values.subarray(at - (at % d_in), at - (at % d_in) + d_in);
    return sae.config.center_input ? row.reduce((sum, value) => sum + value, 0) / d_in : 0;
  };
  const variance = all.reduce((sum, value, at) => {
    const around = (mean[at % d_in] ?? 0) - offset(mean, at % d_in);
    return sum + (value - offset(all, at) - around) ** 2;
  }, 0);
  const active = reading.acts.filter((value) => value > 0).length;
  assert.equal(fit.tokens, tokens);
  assert.ok(Math.abs(fit.l0 - active / tokens) < 1e-9);
  assert.ok(Math.abs((fit.explained_variance ?? Number.NaN) - (1 - missed / variance)) < TOLERANCE);
}

function lossOf({ logits }: ReferenceRun, ids: readonly number[]): number {
  const width = logits.data.length / ids.length;
  return ids.slice(1).reduce((sum, id, at) => {
    const row = logits.data.subarray(at * width, (at + 1) * width);
    const top = Math.max(...row);
    return (
      sum + top + Math.log(row.reduce((total, value) => total + Math.exp(value - top), 0)) - (row[id] ?? 0)
    );
  }, 0);
}
