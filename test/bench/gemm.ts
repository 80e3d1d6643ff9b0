import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder } from '../../src/core/graph/graphBuilder.ts';
import { sizeOf, type Tensor } from '../../src/core/tensor/tensor.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';

const ROWS = 256;
const INNER = 768;
const COLUMNS = 3072;

/** The machine's best matrix product of GPT-2 small's shapes: [256, 768] x [768, 3072], prepacked. */
export async function gemmPeak(
  threads: number,
): Promise<{ readonly flops: number; run(): Promise<unknown> }> {
  const folder = await mkdtemp(join(tmpdir(), 'underglass-gemm-'));
  const weight = new Float32Array(INNER * COLUMNS).fill(0.01);
  const file = join(folder, 'w.bin');
  await writeFile(file, new Uint8Array(weight.buffer));
  const g = new GraphBuilder('gemm');
  const x = g.input('x', 'float', ['N', INNER]);
  const entry = {
    name: 'w',
    dtype: 'F32',
    shape: [INNER, COLUMNS],
    file,
    offset: 0,
    length: weight.byteLength,
  } as const;
  // Reduced to one number a row, so that copying the product out is not timed.
  const product = g.op('ReduceMax', [g.op('MatMul', [x, g.weight(entry)]), g.ints([1])]);
  g.output(product);
  const session = await ortSessions({ threads }).create(g.build(), 'prepack');
  await rm(folder, { recursive: true });
  const dims = [ROWS, INNER];
  const input: Tensor = { dims, data: new Float32Array(sizeOf(dims)).fill(0.5) };
  return { flops: 2 * ROWS * INNER * COLUMNS, run: () => session.run({ x: input }, [product]) };
}
