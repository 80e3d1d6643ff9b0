/**
 * `npm run hub:true`: GPT-2 small and a SAE in their true shapes (random weights: 548 MB with mask buffers, 151 MB), from
 * the tests' host on this machine, as a person adds, uses and removes them at the command line. A line for each step with
 * its time; exit code 1 when a step does not do what it should. Takes 3 GB of memory and 1.5 GB of disk.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/test/files.ts';
import { startHubServer, type HubServer } from '../support/hubServer.ts';
import { modelRepository, saeRepository } from '../support/publishedFiles.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';

const RES_JB = 'jbloom/GPT2-Small-SAEs-Reformatted';
const HOOK = 'blocks.6.hook_resid_pre';
const SMALL = { n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024, vocab_size: 50_257 };
/** So far below 0 that some dozens of latents are active. */
const B_ENC = { mean: -10, std: 0.1 };

/** What a person types, and what must be said then. */
interface Step {
  readonly name: string;
  readonly args: readonly string[];
  readonly expected: RegExp;
}

const STEPS: readonly Step[] = [
  { name: 'add model', args: ['add', 'gpt2@main', '--yes'], expected: /gpt2-small/u },
  { name: 'add SAE', args: ['add', 'gpt2-small/6-res-jb', '--yes'], expected: /6-res-jb/u },
  { name: 'models', args: ['models'], expected: /gpt2-small +installed/u },
  {
    name: 'sae',
    args: ['sae', '6-res-jb', '--model', 'gpt2-small', '--max-tokens', '1024'],
    expected: /L0 +\d/u,
  },
  { name: 'trace', args: ['trace', 'mary.txt', '--model', 'gpt2-small'], expected: /6-res-jb\/\d+/u },
  { name: 'unit', args: ['unit', '6-res-jb/650', '--model', 'gpt2-small'], expected: /6-res-jb\/650/u },
  { name: 'verify', args: ['verify', 'gpt2-small'], expected: /Verdict: agrees\./u },
  { name: 'remove SAE', args: ['remove', 'gpt2-small/6-res-jb', '--yes'], expected: /6-res-jb/u },
  { name: 'remove model', args: ['remove', 'gpt2-small', '--yes'], expected: /gpt2-small/u },
];

async function main(): Promise<void> {
  const server = await startHubServer();
  try {
    await timed('weights written', () => serve(server));
    await withTemporaryFolder(async (folder) => {
      const storage = join(folder, 'storage');
      await writeFile(join(folder, 'mary.txt'), 'When Mary and John went to the store, John gave a drink to');
      for (const { name, args, expected } of STEPS)
        await timed(name, () => typed(args, { expected, folder, server }));
      const left = (await readdir(join(storage, 'models'))).filter((each) => !each.startsWith('.'));
      assert.deepEqual(left, []);
    });
  } finally {
    await server.close();
  }
}

/** As they are published: 149 tensors with the mask of each layer; 24,576 latents. @returns their sizes */
async function serve(server: HubServer): Promise<string> {
  const model = await modelRepository({ config: SMALL, maskBuffers: true });
  const shape = { d_in: 768, d_sae: 24_576, spread: { b_enc: B_ENC } } as const;
  const sae = await saeRepository(HOOK, {
    ...shape,
    architecture: 'standard',
    hook_name: HOOK,
    form: 'flat',
  });
  server.add('openai-community/gpt2', { licence: 'mit', files: model });
  server.add(RES_JB, { files: sae });
  const size = (files: Record<string, Buffer>): string =>
    `${Math.round(Object.values(files).reduce((sum, { length }) => sum + length, 0) / 1e6)} MB`;
  return `${size(model)} and ${size(sae)}`;
}

/** The first line that was asked for. */
async function typed(
  args: readonly string[],
  of: { readonly expected: RegExp; readonly folder: string; readonly server: HubServer },
): Promise<string> {
  const { expected, folder, server } = of;
  // Nothing of this machine is looked at, and no other host is known.
  const own = { UNDERGLASS_STORAGE: join(folder, 'storage'), HF_HOME: join(folder, 'hf'), HF_TOKEN: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'dist', 'cli.mjs'), ...args], {
    cwd: folder,
    env: { ...process.env, ...server.environment, ...own },
    maxBuffer: 2 ** 26,
  });
  const line = stdout.split('\n').find((each) => expected.test(each));
  assert.ok(line !== undefined, `underglass ${args.join(' ')} did not say ${String(expected)}:\n${stdout}`);
  return line.trim().replaceAll(/\s+/gu, ' ').slice(0, 90);
}

async function timed(name: string, run: () => Promise<string>): Promise<void> {
  const started = performance.now();
  const said = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name.padEnd(16)}${seconds.padStart(6)} s   ${said}`);
}

await main();
