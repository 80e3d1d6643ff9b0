import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { countParameters } from '../../../../src/core/model/checkpoint.ts';
import { referenceForward } from '../../../../src/core/model/gpt2.ts';
import { openCheckpoint, weightBytes } from '../../../../src/runtime/files/openCheckpoint.ts';
import { writeSafetensors } from '../../../../src/core/weights/writeSafetensors.ts';
import { expectError } from '../../../support/expectError.ts';
import { randomTensors, writeRandomModel, type RandomModelOptions } from '../../../support/randomModel.ts';
import { readAllWeights } from '../../../support/referenceWeights.ts';
import { writeTorchFile, writeZip } from '../../../support/writeTorchFile.ts';
import { withTemporaryFolder } from '../../../support/temporaryFolder.ts';

const IDS = [72, 105, 33, 256, 0];
const ODD = { n_embd: 15, n_head: 5, n_layer: 1, n_inner: 7, n_positions: 11, vocab_size: 301 };

/** Logits of the reference over a folder as it is opened. */
async function logits(folder: string): Promise<Float64Array> {
  const { checkpoint, warnings } = await openCheckpoint(folder);
  assert.deepEqual(warnings, []);
  return referenceForward(checkpoint.config, await readAllWeights(checkpoint), IDS).logits.data;
}

/** Ways of storing a model that change none of its numbers. */
const LAYOUTS: readonly RandomModelOptions[] = [
  { prefix: 'transformer.' },
  { shards: 3 },
  { shards: 2, prefix: 'transformer.', maskBuffers: true },
  { maskBuffers: true },
  { form: 'torch', prefix: 'transformer.' },
  { form: 'torch', maskBuffers: true },
  { form: 'torch', shards: 3, prefix: 'transformer.' },
];

/** What is done to a good folder, the error, and words of its message. */
const BROKEN: readonly [string, (folder: string) => Promise<unknown>, ErrorCode, ...string[]][] = [
  ['no config.json', (f) => rm(join(f, 'config.json')), 'model/not-found', 'holds no config.json'],
  ['config.json not JSON', (f) => writeFile(join(f, 'config.json'), '{'), 'model/bad-config', 'is not JSON'],
  [
    'config.json a list',
    (f) => writeFile(join(f, 'config.json'), '[1]'),
    'model/bad-config',
    'object',
    '[1]',
  ],
  [
    'config.json binary',
    (f) => writeFile(join(f, 'config.json'), Uint8Array.of(0, 1)),
    'model/bad-config',
    'config.json',
  ],
  ['no weights', (f) => rm(join(f, 'model.safetensors')), 'file/not-found', 'neither model.safetensors nor'],
  [
    'weights cut off',
    (f) => truncate(join(f, 'model.safetensors'), 5000),
    'weights/malformed',
    'cut off',
    '5000',
  ],
  [
    'weights empty',
    (f) => truncate(join(f, 'model.safetensors'), 0),
    'weights/malformed',
    'at least 8 bytes',
  ],
  [
    'weights of another size',
    (f) => changeConfig(f, { n_embd: 64 }),
    'weights/wrong-shape',
    'wte.weight',
    '[300, 64]',
  ],
  [
    'more layers than stored',
    (f) => changeConfig(f, { n_layer: 3 }),
    'weights/missing-tensor',
    'h.2.ln_1.weight',
  ],
  ['a dangling link', (f) => relink(f, 'nowhere'), 'file/not-found', 'model.safetensors'],
  ['a NaN weight', (f) => spoil(f, NaN), 'weights/not-finite', '"h.1.mlp.c_fc.weight"', 'at [2, 5]'],
  [
    'an infinite weight',
    (f) => spoil(f, -Infinity),
    'weights/not-finite',
    '"h.1.mlp.c_fc.weight"',
    'at [2, 5]',
  ],
  [
    'an index that leaves the folder',
    (f) => index(f, '../other.safetensors'),
    'weights/malformed',
    'same folder',
  ],
  [
    'an index to a file that is not there',
    (f) => index(f, 'b.safetensors'),
    'file/not-found',
    'b.safetensors',
  ],
  ['an index to a number', (f) => index(f, 3), 'weights/malformed', 'same folder', 'found 3'],
];

/** A pickle that would run a command when Python loads it. */
const HOSTILE = writeZip([
  ['archive/data.pkl', Buffer.from('\x80\x02cposix\nsystem\nX\x0e\0\0\0touch executed\x85R.', 'latin1')],
]);

const BROKEN_TORCH: readonly [string, (good: Buffer) => Uint8Array, ErrorCode, ...string[]][] = [
  ['hostile', () => HOSTILE, 'weights/unsupported', '"posix.system"', 'nothing is executed'],
  [
    'of PyTorch before 1.6',
    () => Buffer.from('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1'),
    'weights/unsupported',
    'before 1.6',
    'torch.save',
  ],
  ['cut off', (good) => good.subarray(0, good.length - 100), 'weights/malformed', 'cut off'],
  [
    'of another thing',
    () => Buffer.from('version https://git-lfs'),
    'weights/malformed',
    'no file of torch.save',
  ],
  [
    'whose matrix is turned',
    () =>
      writeTorchFile({ 'wte.weight': { dims: [300, 32], data: new Float32Array(9600), transposed: true } }),
    'weights/unsupported',
    '"wte.weight"',
    'column by column',
  ],
  ['without tensors', () => writeTorchFile({ epoch: 3 }), 'weights/missing-tensor', '"wte.weight"'],
];

describe('openCheckpoint', () => {
  it('opens every layout of the same weights to the same logits', async () => {
    await withTemporaryFolder(async (root) => {
      await writeRandomModel(join(root, 'plain'));
      const expected = await logits(join(root, 'plain'));
      for (const [i, layout] of LAYOUTS.entries()) {
        const folder = join(root, String(i));
        await writeRandomModel(folder, layout);
        assert.deepEqual(await logits(folder), expected, JSON.stringify(layout));
      }
    });
  });

  it('opens half precision, rounded as stored', async () => {
    await withTemporaryFolder(async (root) => {
      await writeRandomModel(join(root, 'F32'), { config: ODD });
      const exact = await logits(join(root, 'F32'));
      for (const [dtype, tolerance] of [
        ['F16', 0.05],
        ['BF16', 0.5],
      ] as const) {
        await writeRandomModel(join(root, dtype), { config: ODD, dtype });
        const rounded = await logits(join(root, dtype));
        const error = exact.reduce(
          (max, value, i) => Math.max(max, Math.abs(value - (rounded[i] ?? NaN))),
          0,
        );
        assert.ok(error > 0 && error < tolerance, `${dtype}: off by ${error}`);
      }
    });
  });

  it("opens PyTorch's halves and untied heads like those of safetensors", async () => {
    await withTemporaryFolder(async (root) => {
      for (const dtype of ['F16', 'BF16'] as const) {
        const options = { dtype, config: { ...ODD, tie_word_embeddings: false } };
        await writeRandomModel(join(root, dtype), options);
        await writeRandomModel(join(root, `${dtype}.bin`), { ...options, form: 'torch' });
        assert.deepEqual(await logits(join(root, `${dtype}.bin`)), await logits(join(root, dtype)));
      }
    });
  });

  it('prefers safetensors to what PyTorch has beside them', async () => {
    await withTemporaryFolder(async (folder) => {
      await writeRandomModel(folder);
      await writeFile(join(folder, 'pytorch_model.bin'), 'nothing that could be opened');
      const { checkpoint } = await openCheckpoint(folder);
      assert.ok(checkpoint.tensors.get('wte.weight')?.file.endsWith('model.safetensors'));
    });
  });

  it('names where tensors lie in the file of PyTorch, on multiples of 64 bytes', async () => {
    await withTemporaryFolder(async (folder) => {
      const config = await writeRandomModel(folder, { form: 'torch', prefix: 'transformer.' });
      const { checkpoint } = await openCheckpoint(folder);
      const bytes = await readFile(join(folder, 'pytorch_model.bin'));
      for (const { name, data } of randomTensors(config)) {
        const { offset, length, file } = checkpoint.tensors.get(name) ?? assert.fail(name);
        assert.ok(file.endsWith('pytorch_model.bin'));
        assert.equal(offset % 64, 0);
        assert.deepEqual(bytes.subarray(offset, offset + length), Buffer.from(data.buffer), name);
      }
    });
  });

  for (const [name, weights, code, ...words] of BROKEN_TORCH) {
    it(`refuses pytorch_model.bin: ${name}`, async () => {
      await withTemporaryFolder(async (folder) => {
        await writeRandomModel(folder, { form: 'torch' });
        const file = join(folder, 'pytorch_model.bin');
        await writeFile(file, weights(await readFile(file)));
        await expectError(() => openCheckpoint(folder), code, 'pytorch_model.bin', ...words);
      });
    });
  }

  it('opens odd sizes and an untied head, and counts them', async () => {
    await withTemporaryFolder(async (folder) => {
      await writeRandomModel(folder, { config: { ...ODD, tie_word_embeddings: false } });
      const { checkpoint } = await openCheckpoint(folder);
      const block = 4 * 15 + 15 * 45 + 45 + 15 * 15 + 15 + 15 * 7 + 7 + 7 * 15 + 15;
      const weights = 2 * 301 * 15 + 11 * 15 + block + 30;
      assert.equal(countParameters(checkpoint), weights);
      assert.equal(weightBytes(checkpoint), 4 * weights);
    });
  });

  it('gives real paths behind links, as the cache of Hugging Face is made', async () => {
    await withTemporaryFolder(async (root) => {
      const folder = join(root, 'snapshot');
      await writeRandomModel(folder);
      const blob = join(root, 'blob');
      await rename(join(folder, 'model.safetensors'), blob);
      await symlink(blob, join(folder, 'model.safetensors'));
      const { checkpoint } = await openCheckpoint(folder);
      assert.ok(checkpoint.tensors.get('wte.weight')?.file.endsWith('blob'));
    });
  });

  for (const [name, damage, code, ...words] of BROKEN) {
    it(`refuses ${name}`, async () => {
      await withTemporaryFolder(async (folder) => {
        await writeRandomModel(folder);
        await damage(folder);
        await expectError(() => openCheckpoint(folder), code, ...words);
      });
    });
  }

  it('refuses a folder that is not there, and leaves weights unread when told so', async () => {
    await withTemporaryFolder(async (root) => {
      await expectError(() => openCheckpoint(join(root, 'none')), 'model/not-found', 'is not a folder');
      await mkdir(join(root, 'empty'));
      await expectError(() => openCheckpoint(join(root, 'empty')), 'model/not-found', 'holds no config.json');
      await writeRandomModel(join(root, 'nan'));
      await spoil(join(root, 'nan'), NaN);
      assert.equal((await openCheckpoint(join(root, 'nan'), { scan: 'never' })).warnings.length, 0);
    });
  });
});

async function changeConfig(folder: string, changes: object): Promise<void> {
  const file = join(folder, 'config.json');
  const json: unknown = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...(json as object), ...changes }));
}

async function relink(folder: string, target: string): Promise<void> {
  const file = join(folder, 'model.safetensors');
  await rm(file);
  await symlink(join(folder, target), file);
}

/** Puts a value into row 2, column 5 of a matrix of the last block. */
async function spoil(folder: string, value: number): Promise<void> {
  const { checkpoint } = await openCheckpoint(folder);
  const tensors = randomTensors(checkpoint.config).map((tensor) => {
    if (tensor.name !== 'h.1.mlp.c_fc.weight') return tensor;
    const data = tensor.data.slice();
    data[2 * (tensor.dims[1] ?? 0) + 5] = value;
    return { ...tensor, data };
  });
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors(tensors));
}

async function index(folder: string, file: unknown): Promise<void> {
  await rm(join(folder, 'model.safetensors'));
  const json = JSON.stringify({ weight_map: { 'wte.weight': file } });
  await writeFile(join(folder, 'model.safetensors.index.json'), json);
}
