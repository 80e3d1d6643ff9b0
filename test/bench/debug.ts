/**
 * Second part of `npm run bench`: speed of the debugger, as multiples of "forward" = ids to logits of the last position, on random
 * weights of GPT-2 small's shape, 64 tokens. Nothing is asserted: machines are shared and noisy.
 */
import { NodeReads } from '../../src/core/analysis/nodes/nodeReads.ts';
import { nodeTable, TABLE_GRADIENTS } from '../../src/core/analysis/nodes/nodeTable.ts';
import { planSweep, sweepPart, type SweepRequest } from '../../src/core/analysis/measure/sweeps.ts';
import { patch } from '../../src/core/analysis/measure/patching.ts';
import { createGraphs } from '../../src/core/graph/graphs.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import { Runner } from '../../src/core/trace/runner.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { VariantModel } from '../../src/core/trace/variants/variantModel.ts';
import { automaticThreads } from '../../src/runtime/cores.ts';
import { planWeights } from '../../src/engine/memory.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { randomShape } from './randomShape.ts';
import { median, ms, printTable, times } from './measure.ts';

const LENGTH = 64;
const LAYER = 5;
/** What takes as long as a few forwards is repeated as often as they are; sweeps are hundreds of passes each. */
const SHORT: Rounds = { warmUps: 3, rounds: 9 };
const LONG: Rounds = { warmUps: 1, rounds: 3 };
const CLOCK_ROUNDS = 5;

async function main(): Promise<void> {
  const { checkpoint } = await openCheckpoint(await randomShape('small'), { scan: 'never' });
  const sessions = ortSessions({ threads: automaticThreads() });
  const { policy } = planWeights(checkpoint);
  const runner = new Runner(checkpoint.config, createGraphs(checkpoint, sessions, policy));
  const model = new VariantModel({ checkpoint, sessions, policy, runner, saes: new Map() });
  const { d_vocab, n_layers } = checkpoint.config;
  const idsOf = (step: number): number[] => Array.from({ length: LENGTH }, (_, at) => (at * step) % d_vocab);
  const ids = idsOf(7919);
  const last = LENGTH - 1;
  const scalar: LogitScalar = {
    kind: 'logits',
    reading: 'logit_diff',
    targets: [100],
    distractors: [200],
    position: last,
  };
  const everywhere = ids.map((_, at) => at);

  /** A trace of its own each time, so that nothing that a sweep caches is left from the round before. */
  const sweep = (request: SweepRequest) => async (): Promise<() => Promise<void>> => {
    const trace = await Trace.run(runner, ids);
    return async () => {
      for (const { id } of await planSweep(model, trace, request))
        await sweepPart(model, trace, { ...request, part: id }, scalar);
    };
  };
  const residual = async (): Promise<() => Promise<void>> => {
    const [clean, corrupted] = [await Trace.run(runner, ids), await Trace.run(runner, idsOf(104_729))];
    const sides = { clean, corrupted, pairs: everywhere, scalar: { clean: scalar, corrupted: scalar } };
    return async () => {
      for (let layer = 0; layer < n_layers; layer++)
        await patch(model, sides, { hook: 'resid_pre', layer, byPosition: true });
    };
  };
  const forward = async (): Promise<() => Promise<void>> => {
    return async () => {
      const { resid } = await runner.forward(ids, { want: ['resid_post'] });
      const width = checkpoint.config.d_model;
      const data = resid.at(-1)?.data.subarray(-width) ?? new Float32Array(width);
      await runner.logits({ dims: [1, width], data });
    };
  };
  const reads = new NodeReads(checkpoint, sessions, policy);
  const table = async (): Promise<() => Promise<void>> => {
    return async () => {
      const trace = await Trace.run(runner, ids);
      const asked = { frozenScale: true, hooks: TABLE_GRADIENTS };
      const of = await gradients({ runner, trace, sae: (id) => model.sae(id) }, scalar, asked);
      const left = { reads, trace, scalar, gradients: of, saes: [], edits: [] };
      const options = { k: 10, saes: [], foldValueBiases: false };
      await nodeTable({ left, right: null, alignment: null, options, words: () => null });
    };
  };

  const clock = await forward();
  const rows: string[][] = [['what', 'time', 'of forward', 'target']];
  const add = async (what: string, prepare: Prepare, target: string, rounds = LONG): Promise<void> => {
    const { time, ratio } = await measured(prepare, clock, rounds);
    rows.push([what, ms(time), times(ratio), target]);
  };
  await add('forward', forward, '', SHORT);
  await add('node table', table, '3.5 x', SHORT);
  await add('144 heads, last position', sweep({ kind: 'heads', layer: null, positions: [last] }), '3 x');
  await add('144 heads, all positions', sweep({ kind: 'heads', layer: null, positions: everywhere }), '60 x');
  await add(
    `3,072 neurons of layer ${LAYER}, last position`,
    sweep({ kind: 'neurons', layer: LAYER, positions: [last] }),
    '25 x',
  );
  await add('residual stream patched, 12 x 64', residual, '250 x');
  printTable(`Measuring, GPT-2 small shape, ${LENGTH} tokens, weights ${policy}; medians`, rows);
}

type Prepare = () => Promise<() => Promise<void>>;

interface Rounds {
  /** Not counted: they load graphs and compile. */
  readonly warmUps: number;
  readonly rounds: number;
}

/**
 * Medians of what `prepare` gives, which itself is not timed: in ms, and as a multiple of `clock` timed just before
 * and after, so that a neighbour's load falls on both.
 */
async function measured(
  prepare: Prepare,
  clock: () => Promise<void>,
  { warmUps, rounds }: Rounds,
): Promise<{ readonly time: number; readonly ratio: number }> {
  const all: number[] = [];
  const ratios: number[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const run = await prepare();
    const before = await clocked(clock);
    const started = performance.now();
    await run();
    const time = performance.now() - started;
    const after = await clocked(clock);
    if (round < 0) continue;
    all.push(time);
    ratios.push((2 * time) / (before + after));
  }
  return { time: median(all), ratio: median(ratios) };
}

/** Median of a few runs, in ms. */
async function clocked(run: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < CLOCK_ROUNDS; round++) {
    const started = performance.now();
    await run();
    all.push(performance.now() - started);
  }
  return median(all);
}

await main();
