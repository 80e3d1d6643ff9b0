import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRandomModel } from '../support/randomModel.ts';

const GPT2_SMALL = {
  vocab_size: 50257,
  n_positions: 1024,
  n_embd: 768,
  n_layer: 12,
  n_head: 12,
  bos_token_id: 50256,
};
/** Random weights, written once (498 MB) to the temporary folder. */
export async function gpt2Small(): Promise<string> {
  const directory = join(tmpdir(), 'underglass-bench-gpt2-small');
  if (existsSync(join(directory, 'config.json'))) return directory;
  console.log(`writing random weights of GPT-2 small's shape to ${directory} (once, about 20 s)`);
  const partial = `${directory}-${process.pid}`;
  await writeRandomModel(partial, { config: GPT2_SMALL });
  await rename(partial, directory);
  return directory;
}
