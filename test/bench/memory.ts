/**
 * `npm run bench:memory`: what the engine takes on random weights of GPT-2's shapes, against the estimate that is shown
 * before a model is loaded. Each row is an engine process of its own, as the extension forks it: opens the model, traces
 * 64 tokens, reads a heat map of every layer; once with a SAE of 24,576 latents, read as a hover does. Linux alone tells its
 * own memory from pages of files. Exit code 1 when an estimate of own memory, or one with the SAE, misses by 15 %.
 *   npm run bench:memory -- small medium      some shapes (default: small and medium; large, and xl, which needs 9.3 GB of disk)
 *   npm run bench:memory -- xl --limit 14336  within so many MB of addresses (RLIMIT_AS, by prlimit), own memory, mapped
 *                                             files and what is only reserved together: what exceeds them fails
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WeightDtype } from '../../src/core/weights/tensorEntry.ts';
import type { ModelListing } from '../../src/protocol/engineContract.ts';
import { forkEngine } from '../support/engineChild.ts';
import { megabytes, ms, percent, printTable } from './measure.ts';
import { sae24k } from './peers/sae24k.ts';
import { randomShape, SHAPES, type Shape } from './randomShape.ts';

const TOKENS = 64;
const SAMPLE_MS = 5;
const HEAD = ['model', 'held', 'own', 'estimated', 'error', 'files', 'estimated', 'error', 'open', 'trace'];

/** Megabytes in which half-precision weights are not folded. */
const CAST_WITHIN = { small: '800', medium: '1400', large: '2000', xl: '3000' } as const;

/** What a row is run with. */
interface Row {
  readonly shape: Shape;
  readonly dtype: WeightDtype;
  readonly environment: Readonly<Record<string, string>>;
  /** With a SAE of gpt2-small-res-jb's shape beside the model. */
  readonly hasSae?: true;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const limit = args.includes('--limit') ? Number(args[args.indexOf('--limit') + 1]) : null;
  const named = args.filter((name): name is Shape => name in SHAPES);
  const rows: string[][] = [HEAD];
  for (const shape of named.length > 0 ? named : (['small', 'medium'] as const)) {
    for (const row of rowsOf(shape)) rows.push(await measure(row, limit));
  }
  printTable('The engine process with one trace of 64 tokens: peaks (target: estimates within 15 %)', rows);
  if (limit !== null)
    console.log(`  Each ran within ${limit} MB of addresses, mapped files among them (RLIMIT_AS).`);
}

/** Every way in which the weights of a shape may be held. */
function rowsOf(shape: Shape): Row[] {
  const packs = shape === 'small' || shape === 'medium';
  return [
    { shape, dtype: 'F32', environment: {} },
    ...(shape === 'small' ? [{ shape, dtype: 'F32', environment: {}, hasSae: true } as const] : []),
    ...(packs ? [{ shape, dtype: 'F32', environment: { UNDERGLASS_PREPACK: 'off' } } as const] : []),
    ...(shape === 'xl' ? [] : [{ shape, dtype: 'F16', environment: {} } as const]),
    { shape, dtype: 'F16', environment: { UNDERGLASS_MEMORY_MB: CAST_WITHIN[shape] } },
  ];
}

async function measure(row: Row, limit: number | null): Promise<string[]> {
  const { shape, dtype, environment, hasSae = false } = row;
  const plain = await randomShape(shape, dtype);
  const directory = hasSae ? await besideSae(plain) : plain;
  const { client, child } = forkEngine(directory, environment);
  if (limit !== null) execFileSync('prlimit', ['--pid', String(child.pid), `--as=${limit * 2 ** 20}`]);
  let own = 0;
  let files = 0;
  const sample = setInterval(() => {
    const now = memoryOf(child.pid);
    own = Math.max(own, now.own);
    files = Math.max(files, now.files);
  }, SAMPLE_MS);
  try {
    const [listed] = await client.request('model/list', { folders: [directory] });
    const estimate = listed?.memory ?? null;
    const opening = performance.now();
    const { modelId } = await client.request('model/open', { model: directory, saes: [] });
    await client.request('trace/run', { modelId, text: 'a', bos: 'always' });
    const open = performance.now() - opening;
    // One byte is one token of the random model.
    const text = 'a'.repeat(TOKENS - 1);
    const { traceId, milliseconds } = await client.request('trace/run', { modelId, text, bos: 'always' });
    const quantity = { kind: 'norm', site: 'mlp_out', layer: 0 } as const;
    await client.request('trace/heatMap', { traceId, quantity });
    if (hasSae) await client.request('trace/hover', { traceId, position: 3, k: 5, neurons: 0 });
    const name = `${shape} ${dtype}${hasSae ? ' with a SAE of 24,576 latents' : ''}`;
    await delay(4 * SAMPLE_MS);
    if (misses({ own, files }, estimate, { hasSae })) process.exitCode = 1;
    return [name, ...compared({ own, files }, estimate), ms(open), ms(milliseconds)];
  } finally {
    clearInterval(sample);
    child.kill('SIGKILL');
  }
}

/** A model's files and a SAE in a folder of their own, by links. */
async function besideSae(model: string): Promise<string> {
  const { sae } = await sae24k();
  const directory = `${model}-sae`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, 'saes'), { recursive: true });
  for (const name of await readdir(model)) await symlink(join(model, name), join(directory, name));
  await symlink(sae, join(directory, 'saes', '6-res'));
  return directory;
}

interface Bytes {
  readonly own: number;
  readonly files: number;
}

/** Pages of files are held as long as the system likes: without a SAE they are shown alone. */
function misses(measured: Bytes, estimate: Bytes | null, { hasSae }: { readonly hasSae: boolean }): boolean {
  if (estimate === null) return true;
  const isOff = (real: number, guess: number): boolean => Math.abs(guess / real - 1) > 0.15;
  return isOff(measured.own, estimate.own) || (hasSae && isOff(measured.files, estimate.files));
}

function compared(measured: Bytes, estimate: ModelListing['memory']): string[] {
  if (estimate === null) return ['cannot be opened', ...HEAD.slice(2, -2).map(() => '')];
  const pair = (real: number, guess: number): string[] => [
    megabytes(real),
    megabytes(guess),
    percent((guess - real) / real),
  ];
  return [estimate.mode, ...pair(measured.own, estimate.own), ...pair(measured.files, estimate.files)];
}

/** Resident memory of a process: its own, and pages of files. */
function memoryOf(pid: number | undefined): Bytes {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
  return { own: 1024 * kilobytes('RssAnon'), files: 1024 * kilobytes('RssFile') };
}

await main();
