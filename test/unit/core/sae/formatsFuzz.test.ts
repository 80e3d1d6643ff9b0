import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseActivationScale } from '../../../../src/core/sae/activationScale.ts';
import { parseDictionarySae } from '../../../../src/core/sae/formats/dictionaryLearning.ts';
import { openAiPlace, parsePlace } from '../../../../src/core/sae/formats/hookPlace.ts';
import { parseHookZSae } from '../../../../src/core/sae/formats/hookZ.ts';
import { parseOpenAiSae } from '../../../../src/core/sae/formats/openAi.ts';
import type { SaeForm } from '../../../../src/core/sae/formats/saeForm.ts';
import { parseSparsifySae } from '../../../../src/core/sae/formats/sparsify.ts';
import { findRelease } from '../../../../src/core/sae/releases.ts';
import { saeTensorShapes } from '../../../../src/core/sae/saeTensors.ts';
import type { StoredTensor } from '../../../../src/core/weights/storedTensor.ts';
import type { TorchFile, TorchValue } from '../../../../src/core/weights/torchFile.ts';
import { fuzzRuns, settles } from '../../../support/fuzz.ts';

const SEED = 20260512;
const FILE = 'some.json';
const SAE = { file: 'some', families: ['sae', 'weights'] };
const [D, N] = [4, 6];

/** A good object with some of its keys replaced by any JSON value. */
function spoiled(good: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const keys = fc.oneof(fc.constantFrom(...Object.keys(good), 'signed', '__proto__'), fc.string());
  return fc.dictionary(keys, fc.jsonValue(), { maxKeys: 3 }).map((changes) => ({ ...good, ...changes }));
}

/** Tensors of these shapes, some of them gone, of other shapes, dtypes or layouts. */
function tensors(shapes: Readonly<Record<string, readonly number[]>>): fc.Arbitrary<TorchFile['tensors']> {
  const names = Object.keys(shapes);
  const change = fc.record({
    name: fc.oneof(fc.constantFrom(...names), fc.string()),
    gone: fc.boolean(),
    shape: fc.array(fc.nat({ max: 8 }), { maxLength: 3 }),
    dtype: fc.constantFrom('F32', 'F16', 'I64', 'X'),
    layout: fc.constantFrom('plain' as const, 'transposed' as const, 'strided' as const),
  });
  const good = names.map((name): [string, StoredTensor] => [
    name,
    { name, dtype: 'F32', shape: shapes[name] ?? [], offset: 64, length: 96, layout: 'plain' },
  ]);
  return fc.array(change, { maxLength: 2 }).map((changes) => {
    const all = new Map(good);
    for (const { gone, ...tensor } of changes) {
      if (gone) all.delete(tensor.name);
      else all.set(tensor.name, { ...tensor, offset: 64, length: 96 });
    }
    return all;
  });
}

/** Whatever was read fits together. */
function assertForm(form: SaeForm | null): void {
  if (!form) return;
  const { config } = form;
  assert.ok(config.d_in > 0 && config.d_sae > 0 && (config.k === null || config.k <= config.d_sae));
  assert.match(config.hook_name, new RegExp(`^blocks\\.${config.layer}\\.`));
  for (const [name, shape] of saeTensorShapes(config)) {
    const stored: readonly number[] = form.tensors.get(name)?.shape ?? assert.fail(name);
    const wanted: readonly number[] = form.transposed.has(name) ? shape.toReversed() : shape;
    if (name !== 'threshold') assert.deepEqual(stored, wanted, name);
  }
}

const LINEAR = { 'encoder.weight': [N, D], 'encoder.bias': [N], 'decoder.weight': [D, N] };
const PLACE = {
  hook_name: 'blocks.1.hook_mlp_out',
  layer: 1,
  prepend_bos: false,
  context_size: null,
  model_name: null,
};

describe('SAE formats, fuzzed', function () {
  this.timeout(600_000);

  it('of sparsify', () =>
    check(
      spoiled({
        d_in: D,
        num_latents: N,
        k: 2,
        activation: 'topk',
        expansion_factor: 2,
        normalize_decoder: true,
      }),
      tensors({ 'encoder.weight': [N, D], 'encoder.bias': [N], W_dec: [N, D], b_dec: [D] }),
      (json, stored) =>
        parseSparsifySae({ file: FILE, tensors: stored }, json, { file: FILE, folder: 'h.1' }),
    ));

  it('of dictionary_learning', () => {
    const trainer = {
      dict_class: 'AutoEncoder',
      activation_dim: D,
      dict_size: N,
      layer: 1,
      k: 2,
      lm_name: 'gpt2',
    };
    const json = fc
      .tuple(spoiled(trainer), spoiled({ ctx_len: 64 }), spoiled({}))
      .map(([own, buffer, rest]) => ({ trainer: own, buffer, ...rest }));
    return check(json, tensors({ ...LINEAR, bias: [D] }), (given, stored) =>
      parseDictionarySae({ file: FILE, tensors: stored, values: new Map() }, given, FILE),
    );
  });

  it('of attn-saes', () =>
    check(
      spoiled({ act_name: 'blocks.1.attn.hook_z', act_size: D, dict_size: N, lr: 1 }),
      tensors({ W_enc: [D, N], W_dec: [N, D], b_enc: [N], b_dec: [D] }),
      (json, stored) => parseHookZSae({ file: FILE, tensors: stored, values: new Map() }, json, FILE),
    ));

  it('of OpenAI', () =>
    check(
      spoiled({
        activation: 'TopK',
        'activation_state_dict.k': 2,
        'activation_state_dict.postact_fn': 'ReLU',
      }),
      tensors({ pre_bias: [D], 'encoder.weight': [N, D], latent_bias: [N], 'decoder.weight': [D, N] }),
      (json, stored) => {
        const values = new Map(Object.entries(json)) as ReadonlyMap<string, TorchValue>;
        return parseOpenAiSae({ file: FILE, tensors: stored, values }, PLACE);
      },
    ));

  it('of places, scales and paths', async () => {
    const options = { file: FILE, prepend_bos: false, context_size: null };
    const any = fc.tuple(spoiled({ hook_name: 'blocks.3.hook_resid_post' }), fc.string());
    await fc.assert(
      fc.asyncProperty(any, async ([json, path]) => {
        const place = await settles(() => parsePlace(json, options), SAE);
        if (place) assert.ok(place.hook_name.startsWith(`blocks.${place.layer}.`));
        await settles(() => parseActivationScale(json, FILE), SAE);
        assert.ok([openAiPlace(path), findRelease(path)].every((found) => found === null));
      }),
      fuzzRuns(1500, SEED),
    );
  });
});

async function check(
  json: fc.Arbitrary<Record<string, unknown>>,
  stored: fc.Arbitrary<TorchFile['tensors']>,
  parse: (json: Record<string, unknown>, stored: TorchFile['tensors']) => SaeForm,
): Promise<void> {
  let good = 0;
  await fc.assert(
    fc.asyncProperty(json, stored, async (given, table) => {
      const form = await settles(() => parse(given, table), SAE);
      if (form) good++;
      assertForm(form);
    }),
    fuzzRuns(1500, SEED),
  );
  assert.ok(good > 50, `only ${good} were read`);
}
