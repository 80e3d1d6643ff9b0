import assert from 'node:assert/strict';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { blockGraph } from '../../../../src/core/graph/block.ts';
import { requiredTensors } from '../../../../src/core/model/checkpoint.ts';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import type { TensorEntry } from '../../../../src/core/weights/tensorEntry.ts';

const JSON_CONFIG = { model_type: 'gpt2', vocab_size: 50, n_positions: 8, n_embd: 8, n_layer: 1, n_head: 2 };

describe('a block graph read by another ONNX library', () => {
  const { config } = parseModelConfig(JSON_CONFIG, { file: 'config.json' });
  const tensors = new Map(
    [...requiredTensors(config)].map(([name, shape]): [string, TensorEntry] => [name, entry(name, shape)]),
  );
  const { model } = blockGraph({ directory: '/m', config, tensors }, 0, {
    edits: ['z', 'mlp_out'],
    past: 'shared',
  });
  const read = fromBinary(ModelProtoSchema, model.bytes);

  it('comes back byte for byte', () => {
    assert.deepEqual(Buffer.from(toBinary(ModelProtoSchema, read)), Buffer.from(model.bytes));
  });

  it('declares its inputs, and its weights as external data', () => {
    const inputs = read.graph?.input.map(({ name }) => name) ?? [];
    for (const name of [
      'x',
      'batch',
      'past_k',
      'past_v',
      'z.keep',
      'z.value',
      'mlp_out.keep',
      'mlp_out.value',
    ]) {
      assert.ok(inputs.includes(name), `${name} of ${inputs.join(', ')}`);
    }
    const weights = read.graph?.initializer.filter(({ name }) => name.startsWith('w:')) ?? [];
    assert.equal(weights.length, 12);
    for (const weight of weights) {
      assert.equal(weight.dataLocation, TensorProto_DataLocation.EXTERNAL);
      assert.equal(weight.externalData.find(({ key }) => key === 'location')?.value, 'model.safetensors');
    }
  });
});

function entry(name: string, shape: readonly number[]): TensorEntry {
  const length = 4 * shape.reduce((size, dim) => size * dim, 1);
  return { name, dtype: 'F32', shape, file: '/m/model.safetensors', offset: 100, length };
}
