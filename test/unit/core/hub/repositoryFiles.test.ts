import assert from 'node:assert/strict';
import {
  modelFiles,
  ptFiles,
  saeFiles,
  saesBelow,
  type ListedFile,
} from '../../../../src/core/hub/repositoryFiles.ts';
import { expectError } from '../../../support/expectError.ts';

function listing(...paths: readonly string[]): ListedFile[] {
  return paths.map((path) => ({ path, bytes: 1, sha256: null, gitSha1: null }));
}

describe('files of a repository', () => {
  const check = (title: string, paths: readonly string[], expected: readonly string[] | null): void => {
    it(title, () =>
      assert.deepEqual(modelFiles(listing(...paths), '')?.map(({ path }) => path) ?? null, expected),
    );
  };
  check(
    'a model: what is needed, weights last',
    [
      'model.safetensors',
      'README.md',
      'onnx/config.json',
      'config.json',
      'pytorch_model.bin',
      'merges.txt',
      'vocab.json',
    ],
    ['config.json', 'vocab.json', 'merges.txt', 'model.safetensors'],
  );
  check(
    'a model in shards',
    [
      'config.json',
      'model-00002-of-00002.safetensors',
      'model-00001-of-00002.safetensors',
      'model.safetensors.index.json',
    ],
    [
      'config.json',
      'model.safetensors.index.json',
      'model-00002-of-00002.safetensors',
      'model-00001-of-00002.safetensors',
    ],
  );
  check('no model: a SAE has config.json too', ['config.json', 'ae.pt'], null);
  check('no model: no weights', ['config.json'], null);
  check(
    "a model in PyTorch's form, where there are no safetensors",
    ['pytorch_model.bin', 'training_args.bin', 'optimizer.pt', 'tf_model.h5', 'config.json', 'vocab.json'],
    ['config.json', 'vocab.json', 'pytorch_model.bin'],
  );
  check(
    "shards in PyTorch's form",
    [
      'config.json',
      'pytorch_model.bin.index.json',
      'pytorch_model-00001-of-00002.bin',
      'pytorch_model-00002-of-00002.bin',
      'adapter_model.bin',
    ],
    [
      'config.json',
      'pytorch_model.bin.index.json',
      'pytorch_model-00001-of-00002.bin',
      'pytorch_model-00002-of-00002.bin',
    ],
  );
  check(
    "shards of safetensors before PyTorch's file",
    ['config.json', 'pytorch_model.bin', 'model-00001-of-00001.safetensors', 'model.safetensors.index.json'],
    ['config.json', 'model.safetensors.index.json', 'model-00001-of-00001.safetensors'],
  );
  it('weights in another format are told', async () => {
    const check = (weights: string): Promise<unknown> =>
      expectError(() => modelFiles(listing('config.json', weights), ''), 'hub/unsupported', weights);
    for (const weights of ['tf_model.h5', 'flax_model.msgpack', 'pytorch_model-00001-of-00002.bin'])
      await check(weights);
  });

  it('finds SAEs of every layout at their folders', () => {
    const files = listing(
      'a/cfg.json',
      'a/sae_weights.safetensors',
      'a/sparsity.safetensors',
      'b/layers.3.mlp/cfg.json',
      'b/layers.3.mlp/sae.safetensors',
      'c/config.json',
      'c/ae.pt',
      'd/cfg.json',
      'README.md',
    );
    assert.deepEqual(
      saesBelow(files, '').map(({ folder, layout, files: own }) => [folder, layout, own.length]),
      [
        ['a', 'saelens', 3],
        ['b/layers.3.mlp', 'sparsify', 2],
        ['c', 'dictionary_learning', 2],
      ],
    );
    assert.equal(saesBelow(files, 'b').length, 1);
    assert.equal(saeFiles(files, 'b'), null);
  });

  it('a weights file brings the configuration beside it', () => {
    const files = listing('x+1.pt', 'x+1_cfg.json', 'y.pt');
    assert.deepEqual(
      ptFiles(files, 'x+1.pt')?.files.map(({ path }) => path),
      ['x+1_cfg.json', 'x+1.pt'],
    );
    assert.deepEqual(
      ptFiles(files, 'y.pt')?.files.map(({ path }) => path),
      ['y.pt'],
    );
    assert.equal(ptFiles(files, 'z.pt'), null);
  });
});
