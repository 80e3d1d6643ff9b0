import { existsSync } from 'node:fs';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requiredTensors } from '../../src/core/model/checkpoint.ts';
import { parseModelConfig } from '../../src/core/model/parseConfig.ts';
import { DTYPE_BYTES, encodeTensor } from '../../src/core/weights/dtype.ts';
import type { WeightDtype } from '../../src/core/weights/tensorEntry.ts';
import { writeByteTokenizer } from '../support/byteTokenizer.ts';
import { normals, seededRandom } from '../support/random.ts';

const OF_ALL = { model_type: 'gpt2', vocab_size: 50257, n_positions: 1024, bos_token_id: 256 };

/** Shapes of the published models. */
export const SHAPES = {
  small: { n_embd: 768, n_layer: 12, n_head: 12 },
  medium: { n_embd: 1024, n_layer: 24, n_head: 16 },
  large: { n_embd: 1280, n_layer: 36, n_head: 20 },
  xl: { n_embd: 1600, n_layer: 48, n_head: 25 },
} as const;
export type Shape = keyof typeof SHAPES;

/** Random numbers that all tensors are cut from, over and over; a prime, so that rows of a matrix differ. */
const TILE = 1_048_573;

/**
 * A folder of random weights in the shape of a published model, written once (xl: 6.2 GB) in pieces, so that this
 * process stays small. `UNDERGLASS_BENCH_FOLDER` says where; default: the temporary folder.
 */
export async function randomShape(shape: Shape, dtype: WeightDtype = 'F32'): Promise<string> {
  const parent = process.env['UNDERGLASS_BENCH_FOLDER'] ?? tmpdir();
  const directory = join(parent, `underglass-bench-${shape}-${dtype.toLowerCase()}`);
  if (existsSync(join(directory, 'config.json'))) return directory;
  console.log(`writing random weights of GPT-2 ${shape}'s shape (${dtype}) to ${directory}, once`);
  const partial = `${directory}-${process.pid}`;
  await mkdir(partial, { recursive: true });
  const json = { ...OF_ALL, ...SHAPES[shape] };
  const { config } = parseModelConfig(json, { file: 'config.json' });
  await writeFile(join(partial, 'config.json'), JSON.stringify(json));
  await writeByteTokenizer(partial, config.d_vocab);
  await writeTensors(join(partial, 'model.safetensors'), requiredTensors(config), dtype);
  await rename(partial, directory);
  return directory;
}

async function writeTensors(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  dtype: WeightDtype,
): Promise<void> {
  const width = DTYPE_BYTES[dtype] ?? 4;
  let end = 0;
  const rows = [...shapes].map(([name, shape]): [string, unknown] => {
    const start = end;
    end += width * sizeOfShape(shape);
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(rows)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const numbers = normals(seededRandom(1), TILE, { mean: 0, std: 1 });
  const file = await open(path, 'w');
  try {
    await file.writev([length, header]);
    for (const [name, shape] of shapes) {
      const [std, mean] = spread(name, shape);
      const tile = encodeTensor(
        numbers.map((value) => mean + std * value),
        dtype,
      );
      for (let left = width * sizeOfShape(shape); left > 0; left -= tile.length) {
        await file.write(tile.subarray(0, Math.min(left, tile.length)));
      }
    }
  } finally {
    await file.close();
  }
}

/** Standard deviation and mean: activations keep about unit scale, as those of a trained model do. */
function spread(name: string, shape: readonly number[]): readonly [number, number] {
  if (/ln_(1|2|f)\.weight$/.test(name)) return [0.2, 1];
  if (name.endsWith('.bias')) return [0.1, 0];
  if (name === 'wte.weight') return [5 / Math.sqrt(shape[1] ?? 1), 0];
  return [1 / Math.sqrt(shape[0] ?? 1), 0];
}

function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}
