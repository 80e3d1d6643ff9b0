import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isInterpError } from '../../../../src/core/errors.ts';
import { isJsonObject } from '../../../../src/core/json.ts';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import { parseSaeConfig } from '../../../../src/core/sae/parseSaeConfig.ts';
import { fuzzRuns } from '../../../support/fuzz.ts';

const SEED = 20260102;
const MODEL = {
  model_type: 'gpt2',
  n_embd: 8,
  n_head: 2,
  n_layer: 1,
  n_positions: 8,
  vocab_size: 10,
  n_inner: 5,
};
const SAE = {
  architecture: 'topk',
  d_in: 8,
  d_sae: 32,
  k: 3,
  normalize_activations: 'none',
  activation_fn: 'relu',
  hook_name: 'blocks.0.hook_mlp_out',
  hook_layer: 0,
  metadata: { hook_name: 'blocks.0.hook_mlp_out' },
};

/** A good object with some of its keys replaced by any JSON value. */
function spoiled(good: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const keys = fc.oneof(
    fc.constantFrom(...Object.keys(good), 'activation_function', 'd_out', '__proto__'),
    fc.string(),
  );
  return fc.dictionary(keys, fc.jsonValue(), { maxKeys: 3 }).map((changes) => ({ ...good, ...changes }));
}

/** Runs a parser; only an error of the closed set may pass. */
function settles(parse: () => unknown): void {
  try {
    assert.ok(parse());
  } catch (error) {
    assert.ok(isInterpError(error) && error.kind === 'user', String(error));
    assert.ok(error.message.includes('some.json'), error.message);
  }
}

describe('configurations, fuzzed', () => {
  it('of models give a configuration or an error that names the file', () => {
    fc.assert(
      fc.property(spoiled(MODEL), (json) => settles(() => parseModelConfig(json, { file: 'some.json' }))),
      fuzzRuns(2000, SEED),
    );
  });

  it('of SAEs, v6 and flat, give a configuration or an error that names the file', () => {
    const { metadata, ...flat } = SAE;
    assert.ok(isJsonObject(metadata));
    const stored = new Map([['W_dec', [32, 8]]]);
    fc.assert(
      fc.property(fc.oneof(spoiled(SAE), spoiled(flat)), (json) =>
        settles(() => parseSaeConfig(json, { file: 'some.json', stored })),
      ),
      fuzzRuns(3000, SEED),
    );
  });
});
