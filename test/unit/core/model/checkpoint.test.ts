import assert from 'node:assert/strict';
import {
  assembleCheckpoint,
  countParameters,
  requiredTensors,
} from '../../../../src/core/model/checkpoint.ts';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import type { StoredTensor, TensorTable } from '../../../../src/core/weights/storedTensor.ts';
import { expectError } from '../../../support/expectError.ts';

const GPT2_SMALL = {
  model_type: 'gpt2',
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  vocab_size: 50257,
};
const TINY = { model_type: 'gpt2', n_embd: 4, n_head: 2, n_layer: 1, n_positions: 8, vocab_size: 10 };

const configOf = (json: object): ReturnType<typeof parseModelConfig>['config'] =>
  parseModelConfig({ ...json }, { file: 'config.json' }).config;

/** A header that holds the tensors of a configuration, renamed and changed as a test wants. */
function headerOf(
  json: object,
  change: (name: string, tensor: StoredTensor) => StoredTensor | null = (_, tensor) => tensor,
): TensorTable {
  const tensors = new Map<string, StoredTensor>();
  let end = 0;
  for (const [name, shape] of requiredTensors(configOf(json))) {
    const length = 4 * shape.reduce((size, dim) => size * dim, 1);
    const tensor = change(name, { name, dtype: 'F32', shape, offset: end, length, layout: 'plain' });
    end += length;
    if (tensor) tensors.set(tensor.name, tensor);
  }
  return { file: 'model.safetensors', tensors };
}

function withMore(header: TensorTable, ...more: readonly StoredTensor[]): TensorTable {
  return {
    ...header,
    tensors: new Map([...header.tensors, ...more.map((tensor) => [tensor.name, tensor] as const)]),
  };
}

const extra = (name: string, dtype = 'F32'): StoredTensor => ({
  name,
  dtype,
  shape: [1],
  offset: 0,
  length: 4,
  layout: 'plain',
});

describe('assembleCheckpoint', () => {
  it('needs the 148 tensors of GPT-2 small, 124,439,808 weights', () => {
    const { checkpoint, warnings } = assembleCheckpoint('/m', configOf(GPT2_SMALL), [headerOf(GPT2_SMALL)]);
    assert.equal(checkpoint.tensors.size, 12 * 12 + 4);
    assert.equal(countParameters(checkpoint), 124_439_808);
    assert.deepEqual(warnings, []);
  });

  it('strips the prefix and passes over mask buffers of any dtype', () => {
    const header = headerOf(TINY, (name, tensor) => ({ ...tensor, name: `transformer.${name}` }));
    const masked = withMore(
      header,
      extra('transformer.h.0.attn.bias', 'BOOL'),
      extra('h.0.attn.masked_bias', 'U8'),
    );
    const { checkpoint, warnings } = assembleCheckpoint('/m', configOf(TINY), [masked]);
    assert.equal(
      checkpoint.tensors.get('h.0.attn.c_attn.weight')?.name,
      'transformer.h.0.attn.c_attn.weight',
    );
    assert.deepEqual(warnings, []);
  });

  it('takes the head of an untied model and leaves that of a tied one with a warning', () => {
    const untied = { ...TINY, tie_word_embeddings: false };
    const both = headerOf(untied);
    assert.ok(assembleCheckpoint('/m', configOf(untied), [both]).checkpoint.tensors.has('lm_head.weight'));
    const tied = assembleCheckpoint('/m', configOf(TINY), [both]);
    assert.ok(!tied.checkpoint.tensors.has('lm_head.weight'));
    assert.deepEqual(tied.warnings, ['Stored tensors that this model does not use: lm_head.weight.']);
  });

  it('takes a head that is the embedding under a second name for it', () => {
    const table = headerOf(TINY);
    const embedding = table.tensors.get('wte.weight') ?? assert.fail();
    const head = { ...embedding, name: 'lm_head.weight' };
    const warningsOf = (more: StoredTensor): string[] =>
      assembleCheckpoint('/m', configOf(TINY), [withMore(table, more)]).warnings;
    assert.deepEqual(warningsOf(head), []);
    assert.equal(warningsOf({ ...head, offset: 999_936 }).length, 1);
  });

  it('refuses what does not lie row by row, and only where it is needed', async () => {
    for (const [layout, words] of [
      ['transposed', 'column by column'],
      ['strided', 'view with gaps'],
    ] as const) {
      const table = headerOf(TINY, (name, tensor) =>
        name === 'h.0.attn.c_proj.weight' ? { ...tensor, layout } : tensor,
      );
      const open = (): unknown => assembleCheckpoint('/m', configOf(TINY), [table]);
      await expectError(open, 'weights/unsupported', '"h.0.attn.c_proj.weight"', words, 'contiguous');
    }
    const mask = { ...extra('h.0.attn.bias', 'BOOL'), layout: 'strided' } as const;
    assert.deepEqual(assembleCheckpoint('/m', configOf(TINY), [withMore(headerOf(TINY), mask)]).warnings, []);
  });

  it('names a few of many tensors that nothing needs', () => {
    const more = withMore(headerOf(TINY), ...['a', 'b', 'c', 'd', 'e'].map((name) => extra(name)));
    const { warnings } = assembleCheckpoint('/m', configOf(TINY), [more]);
    assert.deepEqual(warnings, ['Stored tensors that this model does not use: a, b, c, and 2 more.']);
  });

  it('joins the tensors of several files', () => {
    const first = headerOf(TINY, (name, tensor) => (name.startsWith('h.') ? tensor : null));
    const second = headerOf(TINY, (name, tensor) => (name.startsWith('h.') ? null : tensor));
    const files = [first, { ...second, file: 'other' }];
    const { checkpoint } = assembleCheckpoint('/m', configOf(TINY), files);
    assert.equal(checkpoint.tensors.get('wte.weight')?.file, 'other');
    assert.equal(checkpoint.tensors.size, 16);
  });

  it('refuses what is missing, of another shape or dtype, or stored twice', async () => {
    const config = configOf(TINY);
    const check = (header: TensorTable) => () => assembleCheckpoint('/m', config, [header]);
    const without = headerOf(TINY, (name, tensor) => (name === 'ln_f.bias' ? null : tensor));
    await expectError(check(without), 'weights/missing-tensor', 'model.safetensors', '"ln_f.bias"', '[4]');
    const turned = headerOf(TINY, (name, tensor) =>
      name === 'h.0.mlp.c_fc.weight' ? { ...tensor, shape: [16, 4] } : tensor,
    );
    await expectError(
      check(turned),
      'weights/wrong-shape',
      'h.0.mlp.c_fc.weight',
      '[4, 16]',
      'found [16, 4]',
    );
    const double = headerOf(TINY, (name, tensor) =>
      name === 'wte.weight' ? { ...tensor, dtype: 'F64' } : tensor,
    );
    await expectError(check(double), 'weights/unsupported-dtype', '"wte.weight" is F64');
    const twice = withMore(headerOf(TINY), extra('transformer.wte.weight'));
    await expectError(check(twice), 'weights/malformed', '"wte.weight"', 'twice');
    const untied = { ...TINY, tie_word_embeddings: false };
    await expectError(
      () => assembleCheckpoint('/m', configOf(untied), [headerOf(TINY)]),
      'weights/missing-tensor',
      '"lm_head.weight"',
    );
  });
});
