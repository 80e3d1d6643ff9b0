import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { SaeRunner, type SparseActs } from '../../src/core/trace/saeRunner.ts';
import { automaticThreads } from '../../src/runtime/cores.ts';
import { openSaes } from '../../src/runtime/files/openSaes.ts';
import { readTensor } from '../../src/runtime/files/tensors.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { relativeError } from '../support/closeness.ts';
import { runPython } from '../support/python.ts';
import type { Comparison } from './table.ts';

const RECIPE = join(import.meta.dirname, '..', 'golden', 'recipes', 'sae_lens_saes.py');
const SIZES = { 'd-in': 768, 'd-sae': 6144, rows: 16, k: 32 };
/** Of float32 against SAELens in float64, relative to the largest value. */
const TARGET = 1e-5;

/** Random SAEs of every architecture and format, as SAELens and PyTorch save them, encoded and decoded by both. */
export async function saeParity(
  python: string,
  folder: string,
  seed: number,
): Promise<{ title: string; comparisons: Comparison[] }> {
  const out = join(folder, 'saes');
  const args = Object.entries({ ...SIZES, seed, out }).flatMap(([name, value]) => [
    `--${name}`,
    String(value),
  ]);
  runPython(python, [RECIPE, ...args]);
  const files = (await readdir(out, { recursive: true }))
    .filter((file) => file.endsWith('expected.json'))
    .toSorted();
  const comparisons: Comparison[] = [];
  for (const file of files)
    comparisons.push(...(await compare(join(out, dirname(file)), relative(out, join(out, dirname(file))))));
  return {
    title: `SAEs of ${SIZES['d-sae']} latents, seed ${seed}; peer is SAELens in float64`,
    comparisons,
  };
}

interface Expected {
  readonly input: readonly number[];
  readonly acts: readonly number[];
  readonly reconstruction: readonly number[];
}

async function compare(folder: string, name: string): Promise<Comparison[]> {
  const expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as Expected;
  const [sae] = await openSaes([folder]);
  if (!sae) throw new Error(`no SAE in ${folder}`);
  const runner = new SaeRunner(sae, ortSessions({ threads: automaticThreads() }), 'mapped');
  const { d_in, d_sae } = sae.config;
  const rows = expected.input.length / d_in;
  const acts = await runner.encode({ dims: [rows, d_in], data: Float32Array.from(expected.input) });
  // Each half by itself: what the peer encoded is decoded.
  const theirs = sparse(expected.acts, d_sae);
  const { data } = await runner.decode({ ...acts, ...theirs });
  await runner.release();
  const threshold = sae.tensors.get('threshold');
  const { values, edges } = edgesAside(
    dense(acts, d_sae),
    expected.acts,
    threshold ? (await readTensor(threshold)).data : new Float32Array(),
  );
  const active = `${(theirs.counts.reduce((sum, count) => sum + count, 0) / rows).toFixed(0)} active a row`;
  const note = edges > 0 ? `${active}; ${edges} at its threshold by rounding` : active;
  const row = (what: string, own: Float32Array, peer: readonly number[]): Comparison => ({
    what: `${name}, ${what}`,
    error: relativeError(own, peer),
    target: TARGET,
    own: null,
    peer: null,
    note,
  });
  return [row('encode', values, expected.acts), row('decode', data, expected.reconstruction)];
}

/**
 * Own activations, with the peer's where one side is active and the other is not although the float64 value equals the
 * latent's threshold up to rounding: there the function jumps, and either side is right. How many those were.
 */
function edgesAside(
  own: Float32Array,
  peer: readonly number[],
  threshold: Float32Array,
): { values: Float32Array; edges: number } {
  const d_sae = threshold.length;
  let edges = 0;
  const values = own.map((value, at) => {
    const theirs = peer[at] ?? Number.NaN;
    if (d_sae === 0 || value > 0 === theirs > 0) return value;
    if (Math.abs(Math.max(value, theirs) - (threshold[at % d_sae] ?? Number.NaN)) > TARGET) return value;
    edges++;
    return theirs;
  });
  return { values, edges };
}

function dense(acts: SparseActs, d_sae: number): Float32Array {
  const values = new Float32Array(acts.rows * d_sae);
  acts.values.forEach((value, at) => {
    if (value > 0) values[Math.floor(at / acts.k) * d_sae + (acts.indices[at] ?? 0)] = value;
  });
  return values;
}

function sparse(
  values: readonly number[],
  d_sae: number,
): Pick<SparseActs, 'k' | 'values' | 'indices' | 'counts'> {
  const rows = Array.from({ length: values.length / d_sae }, (_, row) =>
    [...values.slice(row * d_sae, (row + 1) * d_sae).entries()].filter(([, value]) => value > 0),
  );
  const counts = Int32Array.from(rows, (row) => row.length);
  const k = Math.max(...counts);
  const padded = rows.flatMap((row) => Array.from({ length: k }, (_, entry) => row[entry] ?? [0, 0]));
  return {
    k,
    values: Float32Array.from(padded, ([, value]) => value ?? 0),
    indices: Int32Array.from(padded, ([index]) => index ?? 0),
    counts,
  };
}
