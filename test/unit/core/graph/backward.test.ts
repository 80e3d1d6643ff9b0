import assert from 'node:assert/strict';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import {
  BACKWARD_OUTPUTS,
  backwardGraph,
  INPUT_GRADIENT,
  savedInputs,
  type BackwardOptions,
} from '../../../../src/core/graph/backward.ts';
import { EDIT_SHAPES, type EditPoint } from '../../../../src/core/graph/block.ts';
import { requiredTensors } from '../../../../src/core/model/checkpoint.ts';
import { parseModelConfig } from '../../../../src/core/model/parseConfig.ts';
import type { TensorEntry } from '../../../../src/core/weights/tensorEntry.ts';

const JSON_CONFIG = { model_type: 'gpt2', vocab_size: 50, n_positions: 8, n_embd: 8, n_layer: 1, n_head: 2 };
const ALL_POINTS = Object.keys(EDIT_SHAPES) as EditPoint[];

describe('backward graph', () => {
  const { config } = parseModelConfig(JSON_CONFIG, { file: 'config.json' });
  const tensors = new Map(
    [...requiredTensors(config)].map(([name, shape]): [string, TensorEntry] => [
      name,
      { name, dtype: 'F32', shape, file: '/m/model.safetensors', offset: 0, length: 4 },
    ]),
  );
  const build = (options: BackwardOptions) => {
    const { model, outputs } = backwardGraph({ directory: '/m', config, tensors }, 0, options);
    const { graph } = fromBinary(ModelProtoSchema, model.bytes);
    return { outputs, graph: graph ?? assert.fail('no graph') };
  };

  const check = (name: string, options: BackwardOptions, expected: readonly string[]): void => {
    it(`is fed what it says: ${name}`, () => {
      const inputs = build(options).graph.input.map((input) => input.name);
      assert.deepEqual(inputs.toSorted(), [INPUT_GRADIENT, ...savedInputs(options), ...expected].toSorted());
    });
  };
  check('plain', {}, []);
  check('seeds', { seeds: ['z', 'mlp_out'] }, ['z.seed', 'mlp_out.seed']);
  check('some rows', { rows: 'some', seeds: ['resid_mid'] }, ['rows', 'resid_mid.seed']);
  check(
    'edited everywhere',
    { edits: ALL_POINTS },
    ALL_POINTS.map((point) => `${point}.keep`),
  );

  it('takes the softmax from the scores only where the pattern was edited', () => {
    assert.equal(savedInputs({}).includes('scores'), false);
    assert.equal(savedInputs({ edits: ['pattern'] }).includes('scores'), true);
  });

  it('gives every gradient but the one that it is fed, and none twice', () => {
    const { graph, outputs } = build({});
    assert.deepEqual(Object.keys(outputs).toSorted(), BACKWARD_OUTPUTS.toSorted());
    const declared = graph.output.map((output) => output.name);
    assert.equal(new Set(declared).size, declared.length);
    const given = Object.values(outputs).filter((ref) => ref !== INPUT_GRADIENT);
    assert.deepEqual(new Set(declared), new Set(given));
    assert.equal(outputs.resid_post, INPUT_GRADIENT);
    assert.equal(outputs.mlp_out, INPUT_GRADIENT);
    assert.equal(outputs.attn_out, outputs.resid_mid);
  });

  it('reads the six weights that gradients pass, and no bias', () => {
    const weights = build({})
      .graph.initializer.map(({ name }) => name)
      .filter((name) => name.startsWith('w:'));
    assert.equal(weights.length, 6);
    assert.ok(weights.every((name) => name.endsWith('.weight')));
  });
});
