/**
 * `npm run bench:peers`: Underglass side by side with TransformerLens and SAELens, on the same weights (random, GPT-2
 * small's shape; a SAE of 24,576 latents), the same prompts and as many threads, each in a process of its own. Runs
 * alternate, so that a neighbour's load falls on both. Nothing is asserted but that both found the same effects of heads.
 * About 15 minutes, nearly all of them the peer's sweeps; names of tasks (forward trace gradients sweepLast sweepAll encode)
 * choose some. On a busy machine PyTorch's threads wait for each other: run it when the machine is quiet.
 */
import { join } from 'node:path';
import { findPython } from '../../support/python.ts';
import { randomShape } from '../randomShape.ts';
import { median, megabytes, ms, printTable, times } from '../measure.ts';
import type { Opened } from './protocol.ts';
import { sae24k } from './sae24k.ts';
import { openSide, type Side } from './side.ts';

const LENGTHS = [64, 256] as const;
const THREADS = 2;
const [TARGET, DISTRACTOR] = [100, 200];
const D_VOCAB = 50_257;
/** Effects of heads are about 0.1 to 10. */
const SAME = 1e-3;

interface Measured {
  readonly task: string;
  readonly title: string;
  /** How many times as fast as the peer. */
  readonly target: number;
  readonly rounds: number;
  /** What warms the peer up; the task itself unless it takes minutes. */
  readonly warmUp?: string;
}

/** Runs before those that count: they load graphs and compile. */
const WARM_UPS = 2;

const MODEL_TASKS: readonly Measured[] = [
  { task: 'forward', title: 'forward', target: 1, rounds: 15 },
  { task: 'trace', title: 'trace of all hooks', target: 1, rounds: 15 },
  { task: 'gradients', title: 'forward, gradients at all hooks', target: 1, rounds: 9 },
  { task: 'sweepLast', title: '144 heads ablated, last position', target: 20, rounds: 3, warmUp: 'forward' },
  { task: 'sweepAll', title: '144 heads ablated, all positions', target: 2, rounds: 3, warmUp: 'forward' },
];
const SAE_TASKS: readonly Measured[] = [{ task: 'encode', title: 'SAE encode, 24k', target: 1, rounds: 25 }];

async function main(): Promise<void> {
  const found = findPython();
  if ('missing' in found) {
    console.log(`skipped: ${found.missing}`);
    return;
  }
  const only = process.argv.slice(2);
  const rows = [
    [
      'what',
      'tokens',
      'runs',
      'Underglass',
      'peer',
      'times as fast',
      'fastest runs',
      'target',
      'peak memory',
      "peer's",
    ],
  ];
  const model = {
    threads: THREADS,
    model: await randomShape('small'),
    target: TARGET,
    distractor: DISTRACTOR,
  };
  const sae = { threads: THREADS, ...(await sae24k()) };
  for (const [tasks, opened] of [
    [MODEL_TASKS, model],
    [SAE_TASKS, sae],
  ] as const)
    for (const each of tasks)
      if (only.length === 0 || only.includes(each.task))
        rows.push(...(await measured(found.python, each, opened)));
  const title = `Side by side, ${THREADS} threads, medians of so many alternating runs of each; peers are TransformerLens and SAELens`;
  printTable(title, rows);
}

/** A fresh process for each task, so that the peak of memory is the task's own. */
async function measured(python: string, each: Measured, opened: Opened): Promise<string[][]> {
  const here = import.meta.dirname;
  const ours = await openSide(process.execPath, ['--import=tsx', join(here, 'underglass.ts')], opened);
  const theirs = await openSide(python, [join(here, 'peer.py')], opened);
  const rows: string[][] = [];
  for (const length of LENGTHS) rows.push(await row(ours, theirs, each, length));
  await Promise.all([ours.close(), theirs.close()]);
  return rows;
}

async function row(ours: Side, theirs: Side, each: Measured, length: number): Promise<string[]> {
  const ids = Array.from({ length }, (_, index) => (index * 7919) % D_VOCAB);
  const [own, peer]: [number[], number[]] = [[], []];
  for (let times = 0; times < WARM_UPS; times++) {
    await ours.run(each.task, ids);
    await theirs.run(each.warmUp ?? each.task, ids);
  }
  for (let round = 0; round < each.rounds; round++) {
    const mine = await ours.run(each.task, ids);
    const other = await theirs.run(each.task, ids);
    assertSame(each.title, mine.values ?? [], other.values ?? []);
    own.push(mine.ms);
    peer.push(other.ms);
  }
  return [
    each.title,
    String(length),
    String(each.rounds),
    ms(median(own)),
    ms(median(peer)),
    times(median(peer) / median(own)),
    times(Math.min(...peer) / Math.min(...own)),
    times(each.target),
    megabytes(await ours.peak()),
    megabytes(await theirs.peak()),
  ];
}

function assertSame(title: string, own: readonly number[], peer: readonly number[]): void {
  const error = own.reduce(
    (worst, value, index) => Math.max(worst, Math.abs(value - (peer[index] ?? Number.NaN))),
    0,
  );
  if (own.length !== peer.length || !(error < SAME))
    throw new Error(`${title}: ${own.length} and ${peer.length} effects, which differ by up to ${error}`);
}

await main();
