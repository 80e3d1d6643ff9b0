import assert from 'node:assert/strict';
import { decodeTensor } from '../../../../src/core/weights/dtype.ts';
import { parseSafetensorsHeader, toEntry } from '../../../../src/core/weights/safetensors.ts';
import { writeSafetensors } from '../../../../src/core/weights/writeSafetensors.ts';

describe('writeSafetensors', () => {
  it('writes the bytes of the format', () => {
    const bytes = writeSafetensors([{ name: 'x', dtype: 'F32', dims: [1], data: Float32Array.of(1) }], {
      a: 'b',
    });
    const header = '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    assert.equal(new TextDecoder().decode(bytes.subarray(8, 8 + header.length)), header);
    assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
    assert.deepEqual([...bytes.subarray(-4)], [0, 0, 0x80, 0x3f]);
  });

  it('is read back number by number in every dtype', () => {
    const data = Float32Array.of(0.5, -1, 2, 1024, -0.25, 0);
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      const bytes = writeSafetensors([
        { name: 'first', dtype, dims: [1], data: Float32Array.of(9) },
        { name: 'second', dtype, dims: [2, 3], data },
      ]);
      const header = parseSafetensorsHeader(bytes, { fileName: 'w', fileSize: bytes.length });
      const stored = header.tensors.get('second');
      assert.ok(stored);
      const entry = toEntry(stored, 'w');
      assert.deepEqual(decodeTensor(bytes.subarray(entry.offset, entry.offset + entry.length), dtype), data);
    }
  });

  it('writes no metadata unless there is some, and an empty file of no tensors', () => {
    assert.equal(new TextDecoder().decode(writeSafetensors([]).subarray(8)), '{}      ');
  });
});
