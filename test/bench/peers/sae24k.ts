import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '../../../src/core/weights/writeSafetensors.ts';
import { normals, seededRandom } from '../../support/random.ts';
import { writeRandomSae } from '../../support/randomSae.ts';

const D_IN = 768;
const D_SAE = 24_576;
const ROWS = 256;
/** So far below 0 that about 60 latents of a row are active, as those of published SAEs of this size. */
const B_ENC = -2.8;

/** A SAELens folder with random weights of gpt2-small-res-jb's shape and rows for it, written once to the temporary folder. */
export async function sae24k(): Promise<{ readonly sae: string; readonly inputs: string }> {
  const directory = join(tmpdir(), 'underglass-bench-sae-24k');
  const inputs = join(directory, 'inputs.safetensors');
  const sae = join(directory, 'sae');
  if (existsSync(inputs)) return { sae, inputs };
  const partial = `${directory}-${process.pid}`;
  const options = {
    architecture: 'standard',
    hook_name: 'blocks.6.hook_resid_pre',
    d_in: D_IN,
    d_sae: D_SAE,
  } as const;
  await writeRandomSae(join(partial, 'sae'), { ...options, spread: { b_enc: { mean: B_ENC, std: 0.1 } } });
  const data = normals(seededRandom(5), ROWS * D_IN, { mean: 0, std: 1 });
  const rows = { name: 'rows', dtype: 'F32', dims: [ROWS, D_IN], data } as const;
  await writeFile(join(partial, 'inputs.safetensors'), writeSafetensors([rows]));
  await rename(partial, directory);
  return { sae, inputs };
}
