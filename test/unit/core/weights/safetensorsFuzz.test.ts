import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isInterpError } from '../../../../src/core/errors.ts';
import { parseSafetensorsHeader } from '../../../../src/core/weights/safetensors.ts';
import { writeSafetensors } from '../../../../src/core/weights/writeSafetensors.ts';
import { fuzzRuns } from '../../../support/fuzz.ts';

const SEED = 20260101;

/** Parses, and lets only an error of the closed set pass. @returns the number of bytes that the tensors cover. */
function parses(bytes: Uint8Array, fileSize = bytes.length): number {
  try {
    const { tensors } = parseSafetensorsHeader(bytes, { fileName: 'fuzz', fileSize });
    let covered = 0;
    for (const { offset, length } of tensors.values()) {
      assert.ok(offset >= 8 && offset + length <= fileSize, 'a tensor leaves the file');
      covered += length;
    }
    return covered;
  } catch (error) {
    assert.ok(isInterpError(error, 'weights/malformed'), String(error));
    return -1;
  }
}

function withHeader(json: string, dataBytes: number): Uint8Array {
  const header = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + header.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

const strangeNumber = fc.oneof(
  fc.integer({ min: -2, max: 40 }),
  fc.constantFrom(1e308, 2 ** 53, 2 ** 32, -0, 0.5),
  fc.double(),
);
const strangeTensor = fc.record(
  {
    dtype: fc.oneof(
      fc.constantFrom('F32', 'F16', 'BF16', 'U8', 'F6', '__proto__', 'toString'),
      fc.jsonValue(),
    ),
    shape: fc.oneof(fc.array(strangeNumber, { maxLength: 5 }), fc.jsonValue()),
    data_offsets: fc.oneof(fc.array(strangeNumber, { maxLength: 3 }), fc.jsonValue()),
  },
  { requiredKeys: [] },
);

describe('safetensors header, fuzzed', () => {
  it('takes any bytes without another error than its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(400), (bytes, fileSize) => {
        parses(bytes, fileSize);
      }),
      fuzzRuns(3000, SEED),
    );
  });

  it('takes any JSON as a header', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(64), (json, data) => {
        parses(withHeader(json, data));
      }),
      fuzzRuns(1500, SEED),
    );
  });

  it('takes headers that look right', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), strangeTensor, { maxKeys: 4 }), fc.nat(64), (header, data) => {
        parses(withHeader(JSON.stringify(header), data));
      }),
      fuzzRuns(3000, SEED),
    );
  });

  it('takes good files with a byte changed, removed or added', () => {
    const good = writeSafetensors([
      { name: 'a', dtype: 'F32', dims: [2, 3], data: new Float32Array(6) },
      { name: 'b', dtype: 'F16', dims: [5], data: new Float32Array(5) },
    ]);
    assert.equal(parses(good), 34);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(2), (at, byte, kind) => {
        const changed = Array.from(good);
        changed.splice(at, kind === 2 ? 0 : 1, ...(kind === 1 ? [] : [byte]));
        const covered = parses(Uint8Array.from(changed));
        // With the length of the file changed, no valid header covers it any more unless the header shrank too.
        if (kind === 0 && at >= good.length - 34) assert.equal(covered, 34, 'data bytes are not looked at');
      }),
      fuzzRuns(3000, SEED),
    );
  });

  it('reads back what it writes', () => {
    const dtype = fc.constantFrom('F32' as const, 'F16' as const, 'BF16' as const);
    const dims = fc.array(fc.nat(4), { maxLength: 3 });
    const tensors = fc.uniqueArray(fc.record({ name: fc.string(), dtype, dims }), {
      selector: ({ name }) => name,
      maxLength: 5,
    });
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), (list, metadata) => {
        const named = list.filter(({ name }) => name !== '__metadata__');
        const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
        const bytes = writeSafetensors(
          named.map((tensor) => ({ ...tensor, data: new Float32Array(size(tensor.dims)) })),
          metadata,
        );
        const header = parseSafetensorsHeader(bytes, { fileName: 'fuzz', fileSize: bytes.length });
        assert.deepEqual(
          [...header.tensors.values()]
            .map(({ name, dtype: type, shape }) => ({ name, dtype: type, dims: shape }))
            .toSorted(byName),
          named.map((tensor) => ({ ...tensor })).toSorted(byName),
        );
        assert.deepEqual(new Map(header.metadata), new Map(Object.entries(metadata)));
      }),
      fuzzRuns(500, SEED),
    );
  });
});

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
