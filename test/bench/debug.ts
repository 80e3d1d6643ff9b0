/**
 * `npm run bench:debug`: speed of measuring, as multiples of "forward" = ids to logits of the last position, on random
 * weights of GPT-2 small's shape, 64 tokens. Nothing is asserted: machines are shared and noisy.
 */
import { planSweep, sweepPart, type SweepRequest } from '../../src/core/analysis/sweeps.ts';
import { patch } from '../../src/core/analysis/patching.ts';
import { createGraphs } from '../../src/core/graph/graphs.ts';
import { gradients } from '../../src/core/trace/gradients.ts';
import { Runner } from '../../src/core/trace/runner.ts';
import type { LogitScalar } from '../../src/core/trace/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { VariantModel } from '../../src/core/trace/variants/variantModel.ts';
import { defaultThreads } from '../../src/engine/jobs.ts';
import { planWeights } from '../../src/engine/memory.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { gpt2Small } from './gpt2Small.ts';
import { median, ms, printTable, times } from './measure.ts';

const LENGTH = 64;
const LAYER = 5;
const ROUNDS = 3;

async function main(): Promise<void> {
  const { checkpoint } = await openCheckpoint(await gpt2Small(), { scan: 'never' });
  const sessions = ortSessions({ threads: defaultThreads() });
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
  const source = (trace: Trace) => ({ runner, trace, sae: (id: string) => model.sae(id) });

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
  const gradient = async (): Promise<() => Promise<void>> => {
    return async () => {
      const trace = await Trace.run(runner, ids);
      await gradients(source(trace), scalar, { frozenScale: true });
    };
  };

  const rows: string[][] = [['what', 'time', 'of forward', 'target']];
  const unit = await measured(forward, 9);
  rows.push(['forward', ms(unit), '1', '']);
  const add = async (what: string, prepare: Prepare, target: string): Promise<void> => {
    const time = await measured(prepare, ROUNDS);
    rows.push([what, ms(time), times(time / unit), target]);
  };
  await add('trace and gradients', gradient, '3.5 x with the table');
  await add('144 heads, last position', sweep({ kind: 'heads', layer: null, positions: [last] }), '3 x');
  await add('144 heads, all positions', sweep({ kind: 'heads', layer: null, positions: everywhere }), '60 x');
  await add(
    `3,072 neurons of layer ${LAYER}, last position`,
    sweep({ kind: 'neurons', layer: LAYER, positions: [last] }),
    '25 x',
  );
  await add('residual stream patched, 12 x 64', residual, '250 x');
  rows.push(['forward again', ms(await measured(forward, 9)), '', '']);
  printTable(`Measuring, GPT-2 small shape, ${LENGTH} tokens, weights ${policy}`, rows);
}

type Prepare = () => Promise<() => Promise<void>>;

/** Median in ms of what `prepare` gives, which is not timed; one round before to load graphs. */
async function measured(prepare: Prepare, rounds: number): Promise<number> {
  const all: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const run = await prepare();
    const started = performance.now();
    await run();
    if (round >= 0) all.push(performance.now() - started);
  }
  return median(all);
}

await main();
