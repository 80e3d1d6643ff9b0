import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../../src/core/errors.ts';
import { memorySource } from '../../../../src/core/weights/byteSource.ts';
import { decodeTensor } from '../../../../src/core/weights/dtype.ts';
import { placeInFile } from '../../../../src/core/weights/storedTensor.ts';
import { readTorchFile, type TorchFile } from '../../../../src/core/weights/torchFile.ts';
import { expectError } from '../../../support/expectError.ts';
import { writeTorchFile, writeZip } from '../../../support/writeTorchFile.ts';

const TEXT = new TextEncoder();
const DATA = Float32Array.of(1, 2, 3, 4, 5, 6);

function read(bytes: Uint8Array): Promise<TorchFile> {
  return readTorchFile(memorySource('some.pt', bytes));
}

/** A tensor by hand: storage of `size` elements, and the pickled offset, shape and strides. */
function tensorFile(view: {
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly size?: number;
  readonly bytes?: number;
  readonly key?: string;
}): Uint8Array {
  const { offset = 0, shape, strides, size = 6, bytes = 24, key = '0' } = view;
  const ints = (values: readonly number[]): string =>
    `(${values.map((value) => `K${String.fromCharCode(value)}`).join('')}t`;
  const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K${String.fromCharCode(size)}tQ`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${storage}K${String.fromCharCode(offset)}${ints(shape)}${ints(strides)}\x89ccollections\nOrderedDict\n)RtR`;
  const pickle = Uint8Array.from(`\x80\x02}(${text('w')}${tensor}u.`, (char) => char.charCodeAt(0));
  return writeZip([
    ['x/data.pkl', pickle],
    [`x/data/${key}`, new Uint8Array(bytes)],
  ]);
}

const LAYOUTS: readonly [Parameters<typeof tensorFile>[0], string][] = [
  [{ shape: [2, 3], strides: [3, 1] }, 'plain'],
  [{ shape: [2, 3], strides: [1, 2] }, 'transposed'],
  [{ shape: [1, 6], strides: [99, 1] }, 'plain'],
  [{ shape: [3], strides: [2] }, 'strided'],
  [{ shape: [2, 3], strides: [0, 1] }, 'strided'],
  [{ shape: [], strides: [] }, 'plain'],
  [{ shape: [0, 3], strides: [3, 1] }, 'plain'],
  [{ shape: [2], strides: [1], offset: 4 }, 'plain'],
];

const REFUSED: readonly [string, Uint8Array, ErrorCode, ...string[]][] = [
  ['text', TEXT.encode('not a zip archive, whatever it is'), 'weights/malformed', 'no file of torch.save'],
  [
    'the form before PyTorch 1.6',
    Uint8Array.from([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]),
    'weights/unsupported',
    'before 1.6',
    'torch.save',
  ],
  [
    'an archive of something else',
    writeZip([['a.txt', TEXT.encode('x')]]),
    'weights/malformed',
    '0 data.pkl',
  ],
  [
    'TorchScript',
    writeZip([
      ['m/data.pkl', TEXT.encode('\x80\x02N.')],
      ['m/constants.pkl', TEXT.encode('x')],
    ]),
    'weights/unsupported',
    'TorchScript',
  ],
  [
    'no dict',
    writeZip([['m/data.pkl', Uint8Array.of(0x80, 2, 0x4e, 0x2e)]]),
    'weights/unsupported',
    'no state dict',
  ],
  [
    'big-endian numbers',
    writeZip([
      ['m/data.pkl', Uint8Array.of(0x80, 2, 0x7d, 0x2e)],
      ['m/byteorder', TEXT.encode('big')],
    ]),
    'weights/unsupported',
    'byte order is "big"',
  ],
  [
    'a view past its storage',
    tensorFile({ shape: [2, 3], strides: [4, 1] }),
    'weights/malformed',
    'not read',
  ],
  [
    'an offset past its storage',
    tensorFile({ shape: [2], strides: [1], offset: 5 }),
    'weights/malformed',
    'not read',
  ],
  ['strides of another rank', tensorFile({ shape: [2, 3], strides: [1] }), 'weights/malformed', 'not read'],
  [
    'data of another length',
    tensorFile({ shape: [6], strides: [1], bytes: 20 }),
    'weights/malformed',
    '20 bytes',
  ],
  [
    'data that is missing',
    tensorFile({ shape: [6], strides: [1], key: '1' }),
    'weights/malformed',
    'is missing',
  ],
];

describe('files of torch.save', () => {
  it('keep tensors where they lie, plain and transposed, with the plain values beside them', async () => {
    const bytes = writeTorchFile({
      plain: { dims: [2, 3], data: DATA },
      turned: { dims: [2, 3], data: DATA, transposed: true },
      half: { dims: [6], data: DATA, dtype: 'F16' },
      activation: 'TopK',
      activation_state_dict: { k: 32, postact_fn: 'ReLU', slope: 0.5, none: null },
    });
    const file = await read(bytes);
    const numbers = (name: string): number[] => {
      const { entry } = placeInFile(file.tensors.get(name) ?? assert.fail(name), 'some.pt');
      return [...decodeTensor(bytes.slice(entry.offset, entry.offset + entry.length), entry.dtype)];
    };
    assert.deepEqual(numbers('plain'), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(numbers('turned'), [1, 4, 2, 5, 3, 6]);
    assert.deepEqual(numbers('half'), [1, 2, 3, 4, 5, 6]);
    const turned = placeInFile(file.tensors.get('turned') ?? assert.fail(), 'some.pt');
    assert.deepEqual([turned.transposed, turned.entry.shape], [true, [3, 2]]);
    for (const { offset } of file.tensors.values()) assert.equal(offset % 64, 0);
    assert.deepEqual(
      [...file.values],
      [
        ['activation', 'TopK'],
        ['activation_state_dict.k', 32],
        ['activation_state_dict.postact_fn', 'ReLU'],
        ['activation_state_dict.slope', 0.5],
        ['activation_state_dict.none', null],
      ],
    );
  });

  it('are refused when dicts hold one another without end', async () => {
    const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
    const keys = (of: string): string =>
      `(${Array.from({ length: 200 }, (_, key) => `${text(`k${key}`)}${of}`).join('')}u`;
    // Five dicts of 200 keys, each of which is the dict before it: 200^5 paths, and no name at the end of any.
    let pickle = '}q\0';
    for (let level = 1; level < 5; level++) {
      const [before, own] = [String.fromCharCode(level - 1), String.fromCharCode(level)];
      pickle += `0}q${own}${keys(`h${before}`)}`;
    }
    const bytes = Uint8Array.from(`\x80\x02${pickle}.`, (char) => char.charCodeAt(0));
    await expectError(
      () => read(writeZip([['x/data.pkl', bytes]])),
      'weights/malformed',
      'more than 20000 keys',
    );
    const loop = Uint8Array.from(`\x80\x02}q\0${text('a')}h\0s.`, (char) => char.charCodeAt(0));
    await expectError(() => read(writeZip([['x/data.pkl', loop]])), 'weights/malformed', 'nested deeper');
  });

  for (const [view, layout] of LAYOUTS) {
    it(`know ${JSON.stringify(view)} as ${layout}`, async () => {
      const tensor = (await read(tensorFile(view))).tensors.get('w') ?? assert.fail();
      assert.equal(tensor.layout, layout);
      if (layout === 'strided')
        await expectError(() => placeInFile(tensor, 'some.pt'), 'weights/unsupported', '"w"');
    });
  }

  for (const [name, bytes, code, ...words] of REFUSED) {
    it(`refuse ${name}`, () => expectError(() => read(bytes), code, 'some.pt', ...words));
  }
});
