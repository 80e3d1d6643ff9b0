import assert from 'node:assert/strict';
import { memorySource } from '../../../../src/core/weights/byteSource.ts';
import {
  parseSafetensorsHeader,
  readSafetensorsHeader,
  toEntry,
} from '../../../../src/core/weights/safetensors.ts';
import { expectError } from '../../../support/expectError.ts';

/** A file of the given header and number of data bytes; `claimed` overrides the header's length. */
function file(header: string | Uint8Array, dataBytes: number, claimed?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const read = (bytes: Uint8Array): Promise<unknown> =>
  readSafetensorsHeader(memorySource('w.safetensors', bytes));
const one = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ x: { dtype, shape, data_offsets: offsets } });

/** What is wrong, the file, and words that its message must hold. */
const REFUSED: readonly [string, Uint8Array, ...string[]][] = [
  ['empty', new Uint8Array(0), 'at least 8 bytes', 'found 0'],
  ['shorter than the length', new Uint8Array(7), 'found 7'],
  ['cut off in the header', file('{}', 0, 100n), 'claims 100 bytes', 'cut off'],
  ['a header of 2^63 bytes', file('{}', 0, 2n ** 63n), '9223372036854775808', 'at most 100000000'],
  ['not UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d), 0), 'not UTF-8'],
  ['not JSON', file('{"x":', 0), 'not JSON', '{\\"x\\":'],
  ['an array', file('[]', 0), 'must be a JSON object', '[]'],
  ['a byte order mark', file('\uFEFF{}', 0), 'not JSON'],
  ['leading space', file(' {}', 0), 'must be a JSON object'],
  ['an empty header', file('', 0), 'not JSON'],
  ['a tensor that is a number', file('{"x":3}', 0), '"x"', 'expected an object, found 3'],
  ['no dtype', file('{"x":{"shape":[1],"data_offsets":[0,4]}}', 4), '"dtype"', 'found nothing'],
  ['a negative dimension', file(one('F32', [-1], [0, 4]), 4), '"shape"', '[-1]'],
  ['a fraction as dimension', file(one('F32', [1.5], [0, 6]), 6), '"shape"', '[1.5]'],
  ['a huge dimension', file(one('F32', [2 ** 40], [0, 4]), 4), '"shape"', '[1099511627776]'],
  ['too many dimensions', file(one('F32', Array(65).fill(1), [0, 4]), 4), '"shape"', 'at most 64'],
  [
    'dimensions that overflow',
    file(one('F32', Array(20).fill(2 ** 25), [0, 4]), 4),
    '"data_offsets"',
    'F32 of shape',
  ],
  ['offsets backwards', file(one('F32', [1], [4, 0]), 4), '"data_offsets"', 'ascending'],
  ['one offset', file(one('F32', [1], [0]), 4), 'two byte offsets', '[0]'],
  ['offsets beyond 2^53', file(one('F32', [1], [0, 2 ** 60]), 4), 'two byte offsets'],
  [
    'length not shape times dtype',
    file(one('F16', [3], [0, 4]), 4),
    '6 bytes apart for F16 of shape [3]',
    '[0,4]',
  ],
  ['data cut off', file(one('F32', [4], [0, 16]), 12), 'ends at byte', 'cut off'],
  ['bytes left over', file(one('F32', [1], [0, 4]), 5), '1 bytes after the last tensor'],
  [
    'a gap',
    file(
      '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
      3,
    ),
    '"y"',
    'belong to none',
  ],
  [
    'an overlap',
    file(
      '{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      3,
    ),
    '"y"',
    'overlap',
  ],
  [
    'a name twice',
    file(
      '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0078":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
    ),
    '"x" twice',
  ],
  [
    'a key twice',
    file('{"x":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    '"dtype" twice',
  ],
  [
    'a value nested without end',
    file(`{"x":${'['.repeat(300_000)}${']'.repeat(300_000)}}`, 0),
    'expected an object',
    'too deep',
  ],
  ['metadata that is no object', file('{"__metadata__":"pt"}', 0), '"__metadata__"', '"pt"'],
  ['metadata of numbers', file('{"__metadata__":{"a":1}}', 0), '"a" must be a string'],
];

describe('safetensors header', () => {
  for (const [name, bytes, ...words] of REFUSED) {
    it(`refuses ${name}`, async () => {
      await expectError(() => read(bytes), 'weights/malformed', 'w.safetensors', ...words);
    });
  }

  it('says where each tensor lies, from the start of the file', () => {
    const json = JSON.stringify({
      __metadata__: { format: 'pt' },
      b: { dtype: 'F16', shape: [2, 3], data_offsets: [4, 16] },
      a: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
      empty: { dtype: 'I64', shape: [0, 5], data_offsets: [4, 4] },
    });
    const bytes = file(`${json}  `, 16);
    const header = parseSafetensorsHeader(bytes, { fileName: 'w', fileSize: bytes.length });
    const start = 8 + json.length + 2;
    assert.deepEqual(header.tensors.get('b'), {
      name: 'b',
      dtype: 'F16',
      shape: [2, 3],
      offset: start + 4,
      length: 12,
    });
    assert.deepEqual(header.tensors.get('a'), {
      name: 'a',
      dtype: 'F32',
      shape: [],
      offset: start,
      length: 4,
    });
    assert.equal(header.tensors.get('empty')?.length, 0);
    assert.deepEqual([...header.metadata], [['format', 'pt']]);
  });

  it('keeps a tensor of a dtype that nobody may need, and refuses it on use', async () => {
    const bytes = file(one('F4_E2M1', [4], [0, 2]), 2);
    const header = parseSafetensorsHeader(bytes, { fileName: 'w', fileSize: bytes.length });
    const tensor = header.tensors.get('x');
    assert.ok(tensor);
    await expectError(() => toEntry(tensor, 'w'), 'weights/unsupported-dtype', '"x" is F4_E2M1');
  });

  it('reads names that JavaScript objects treat specially', () => {
    const bytes = file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1);
    const header = parseSafetensorsHeader(bytes, { fileName: 'w', fileSize: bytes.length });
    assert.deepEqual([...header.tensors.keys()], ['__proto__']);
  });
});
