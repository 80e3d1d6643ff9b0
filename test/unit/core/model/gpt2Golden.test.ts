import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceForward, type ReferenceRun } from '../../../../src/core/model/gpt2.ts';
import { openCheckpoint } from '../../../../src/runtime/files/openCheckpoint.ts';
import { readAllWeights } from '../../../support/referenceWeights.ts';

/** Made by test/golden/recipes/hf_gpt2.py. */
const GOLDEN = join(import.meta.dirname, '../../../golden/hf-gpt2');
/** Both sides compute in float64 from the same float32 weights; the file keeps nine digits. */
const TOLERANCE = 1e-7;

interface Expected {
  readonly ids: readonly number[];
  readonly hidden_states: readonly (readonly number[])[];
  readonly attentions: readonly (readonly number[])[];
  readonly logits: readonly number[];
}

describe('reference forward against Hugging Face transformers', () => {
  let expected: Expected;
  let result: ReferenceRun;
  let finalNorm: Float64Array;

  before(async () => {
    expected = JSON.parse(await readFile(join(GOLDEN, 'expected.json'), 'utf8')) as Expected;
    const { checkpoint, warnings } = await openCheckpoint(GOLDEN);
    assert.deepEqual(warnings, []);
    const weights = await readAllWeights(checkpoint);
    result = referenceForward(checkpoint.config, weights, expected.ids);
    const [gain, bias] = [weights('ln_f.weight'), weights('ln_f.bias')];
    const width = gain.length;
    finalNorm = hook('ln_final.hook_normalized').map(
      (x, i) => x * (gain[i % width] ?? NaN) + (bias[i % width] ?? NaN),
    );
  });

  function hook(name: string): Float64Array {
    return result.hooks.get(name)?.data ?? assert.fail(`no hook ${name}`);
  }

  function agree(name: string, ours: Float64Array, theirs: readonly number[]): void {
    assert.equal(ours.length, theirs.length, name);
    const scale = Math.max(...theirs.map(Math.abs));
    const error =
      theirs.reduce((max, value, i) => Math.max(max, Math.abs(value - (ours[i] ?? NaN))), 0) / scale;
    assert.ok(error < TOLERANCE, `${name}: largest error ${error} of scale ${scale}`);
  }

  it('agrees in the residual stream of every layer', () => {
    const { hidden_states } = expected;
    assert.equal(hidden_states.length, 4);
    hidden_states.slice(0, -1).forEach((theirs, layer) => {
      agree(`hidden state ${layer}`, hook(`blocks.${layer}.hook_resid_pre`), theirs);
    });
    agree('final hidden state', finalNorm, hidden_states.at(-1) ?? []);
  });

  it('agrees in the attention pattern of every layer, half of whose heads are sharp', () => {
    assert.equal(expected.attentions.length, 3);
    expected.attentions.forEach((theirs, layer) => {
      agree(`attention ${layer}`, hook(`blocks.${layer}.attn.hook_pattern`), theirs);
    });
    const pos = expected.ids.length;
    const heads = expected.attentions.flatMap((pattern) =>
      Array.from({ length: pattern.length / pos ** 2 }, (_, head) =>
        Math.max(...pattern.slice(((head + 1) * pos - 1) * pos, (head + 1) * pos * pos)),
      ),
    );
    const sharp = heads.filter((weight) => weight > 0.5).length;
    assert.ok(sharp >= heads.length / 2, `${sharp} of ${heads.length} heads are sharp at the last token`);
  });

  it('agrees in the logits, which exceed 10', () => {
    agree('logits', result.logits.data, expected.logits);
    assert.ok(Math.max(...expected.logits.map(Math.abs)) > 10);
  });
});
