import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isInterpError } from '../../../../src/core/errors.ts';
import { memorySource } from '../../../../src/core/weights/byteSource.ts';
import { readPickle } from '../../../../src/core/weights/pickle.ts';
import { OP } from '../../../../src/core/weights/pickleOps.ts';
import { placeInFile } from '../../../../src/core/weights/storedTensor.ts';
import { readTorchFile } from '../../../../src/core/weights/torchFile.ts';
import { torchHost } from '../../../../src/core/weights/torchHost.ts';
import { readZip } from '../../../../src/core/weights/zip.ts';
import { damaged, fuzzRuns, settles } from '../../../support/fuzz.ts';
import { writeTorchFile, writeZip } from '../../../support/writeTorchFile.ts';

const SEED = 20260511;
const FILE = 'some.pt';
const WEIGHTS = { file: FILE, families: ['weights'] };
const DATA = Float32Array.of(1, 2, 3, 4, 5, 6);
const GOOD = writeTorchFile({
  pre_bias: { dims: [6], data: DATA },
  'encoder.weight': { dims: [2, 3], data: DATA },
  'decoder.weight': { dims: [3, 2], data: DATA, transposed: true },
  activation: 'TopK',
  activation_state_dict: { k: 2, postact_fn: 'ReLU' },
});
/** The pickle of GOOD: what its first entry holds. */
const PICKLE = GOOD.slice(64, GOOD.indexOf(0x2e, GOOD.lastIndexOf(0x75, 700)) + 1);

/** Operands that opcodes take, and names that are allowed and not. */
const OPERANDS = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc.constantFrom(
    ...[
      'torch._utils\n_rebuild_tensor_v2\n',
      'torch\nFloatStorage\n',
      'collections\nOrderedDict\n',
      'os\nsystem\n',
    ].map((text) => new TextEncoder().encode(text)),
  ),
);
const PROGRAM = fc
  .array(fc.tuple(fc.constantFrom(...Object.values(OP).filter((op) => op !== OP.stop)), OPERANDS), {
    maxLength: 30,
  })
  .map((steps) => Uint8Array.from([0x80, 2, ...steps.flatMap(([op, operand]) => [op, ...operand]), OP.stop]));

/** Asserts that no reader asks for bytes that the file does not have. */
function watched(bytes: Uint8Array): ReturnType<typeof memorySource> {
  const source = memorySource(FILE, bytes);
  return {
    ...source,
    read: (offset, length) => {
      assert.ok(
        offset >= 0 && length >= 0 && offset + length <= bytes.length,
        `${length} bytes at ${offset}`,
      );
      return source.read(offset, length);
    },
  };
}

describe('PyTorch files, fuzzed', function () {
  this.timeout(600_000);

  it('archives give entries inside of the file or an error that names it', async () => {
    const zip = writeZip([
      ['a/data.pkl', PICKLE],
      ['a/data/0', new Uint8Array(24)],
    ]);
    const any = fc.oneof(damaged(zip), fc.uint8Array({ maxLength: 200 }));
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        const entries = await settles(() => readZip(watched(bytes)), WEIGHTS);
        for (const { offset, length } of entries?.values() ?? []) assert.ok(offset + length <= bytes.length);
      }),
      fuzzRuns(2000, SEED),
    );
  });

  it('pickles give a value or an error that names the file, and never run anything', async () => {
    const host = torchHost(FILE);
    const any = fc.oneof(damaged(PICKLE), PROGRAM, fc.uint8Array({ maxLength: 60 }));
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        await settles(() => readPickle(bytes, { file: FILE, host }), WEIGHTS);
      }),
      fuzzRuns(3000, SEED + 1),
    );
  });

  it('files give tensors inside of the file or an error that names it', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(damaged(GOOD), async (bytes) => {
        const file = await settles(() => readTorchFile(watched(bytes)), WEIGHTS);
        if (file) read++;
        for (const tensor of file?.tensors.values() ?? []) {
          try {
            const { entry } = placeInFile(tensor, FILE);
            assert.ok(entry.offset >= 0 && entry.offset + entry.length <= bytes.length, tensor.name);
            assert.equal(
              entry.length,
              entry.shape.reduce((size, dim) => size * dim, entry.dtype === 'F32' ? 4 : 2),
            );
          } catch (error) {
            assert.ok(isInterpError(error), String(error));
          }
        }
      }),
      fuzzRuns(2000, SEED + 2),
    );
    assert.ok(read > 100, `only ${read} damaged files could still be read: the rest tests little`);
  });
});
