import assert from 'node:assert/strict';
import { GraphBuilder } from '../../../../src/core/graph/graphBuilder.ts';
import { ProtobufWriter } from '../../../../src/core/graph/protobuf.ts';

describe('ProtobufWriter', () => {
  const check = (name: string, write: (w: ProtobufWriter) => ProtobufWriter, hex: string): void =>
    void it(name, () => assert.equal(Buffer.from(write(new ProtobufWriter()).finish()).toString('hex'), hex));
  // Expected bytes: protobuf.dev/programming-guides/encoding, sections "Base 128 varints", "Signed integers", "Length-delimited".
  check('varint 150 in field 1', (w) => w.int(1, 150), '089601');
  check('-2 takes ten bytes', (w) => w.int(1, -2), '08feffffffffffffffff01');
  check('string', (w) => w.string(2, 'testing'), '120774657374696e67');
  check('message', (w) => w.message(3, new ProtobufWriter().int(1, 150)), '1a03089601');
  check('float', (w) => w.float(4, 1), '250000803f');
  it('grows past its first buffer', () => {
    const long = 'x'.repeat(5000);
    assert.equal(new ProtobufWriter().string(1, long).finish().length, 5003);
  });
});

describe('GraphBuilder', () => {
  it('refuses weights of two folders in one graph', () => {
    const g = new GraphBuilder('g');
    const entry = (file: string) =>
      ({ name: file, dtype: 'F32', shape: [1], file, offset: 0, length: 4 }) as const;
    g.weight(entry('/a/x.safetensors'));
    assert.throws(() => g.weight(entry('/b/x.safetensors')), /\/a.*\/b/);
  });

  it('shares equal constants and names the folder of its weights', () => {
    const g = new GraphBuilder('g');
    assert.equal(g.ints([1, 2]), g.ints([1, 2]));
    assert.notEqual(g.ints([1]), g.int(1));
    assert.equal(g.build().folder, null);
    g.weight({
      name: 'w',
      dtype: 'F32',
      shape: [1],
      file: 'C:\\models\\m.safetensors',
      offset: 8,
      length: 4,
    });
    assert.equal(g.build().folder, 'C:\\models');
  });
});
