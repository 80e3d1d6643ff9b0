/**
 * `npm run bench`: speed as ratios within one run, on random weights of GPT-2 small's shape. Nothing is asserted:
 * machines are shared and noisy. "forward" = ids to logits of all positions; "last" = of the last position only;
 * "trace" = the same forward as in its column, with every hook fetched.
 */
import type { ModelConfig } from '../../src/core/model/config.ts';
import { createGraphs } from '../../src/core/graph/graphs.ts';
import { ALL_OUTPUTS, Runner } from '../../src/core/trace/runner.ts';
import { automaticThreads } from '../../src/runtime/cores.ts';
import { planWeights } from '../../src/engine/memory.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { forkEngine } from '../support/engineChild.ts';
import { gemmPeak } from './gemm.ts';
import { randomShape } from './randomShape.ts';
import { alternate, megabytes, ms, percent, printTable, times } from './measure.ts';

const LENGTHS = [64, 256] as const;
const ROUNDS = 9;

async function main(): Promise<void> {
  const directory = await randomShape('small');
  const threads = automaticThreads();
  const sessions = ortSessions({ threads });
  console.log(
    `onnxruntime ${await sessions.version()}, ${threads} threads, Node ${process.version}; medians of ${ROUNDS} alternating runs`,
  );

  const { checkpoint } = await openCheckpoint(directory, { scan: 'never' });
  const plan = planWeights(checkpoint);
  const graphs = createGraphs(checkpoint, sessions, plan.policy);
  const runner = new Runner(checkpoint.config, graphs);
  const peak = await gemmPeak(threads);
  const rows = [
    ['tokens', 'forward', 'tokens/s', 'of GEMM peak', 'last', 'trace', 'trace/forward', 'trace/last'],
  ];
  for (const length of LENGTHS) {
    const ids = Array.from({ length }, (_, index) => (index * 7919) % checkpoint.config.d_vocab);
    const run = (options: { readonly trace?: boolean; readonly last?: boolean }) => () =>
      forward(runner, ids, options);
    const time = await alternate(
      {
        gemm: peak.run,
        forward: run({}),
        trace: run({ trace: true }),
        last: run({ last: true }),
        traceLast: run({ trace: true, last: true }),
      },
      { rounds: ROUNDS },
    );
    const peakRate = peak.flops / time.gemm;
    const share = forwardFlops(checkpoint.config, length) / time.forward / peakRate;
    rows.push([
      String(length),
      ms(time.forward),
      ((1000 * length) / time.forward).toFixed(0),
      `${percent(share)} of ${(peakRate / 1e6).toFixed(0)} GF/s`,
      ms(time.last),
      ms(time.trace),
      times(time.trace / time.forward),
      times(time.traceLast / time.last),
    ]);
  }
  printTable(
    'GPT-2 small shape (targets: trace/forward <= 1.25 x at 64, <= 1.40 x at 256; >= 60 % of peak at 256)',
    rows,
  );
  const memory = [
    ['tokens', 'weights', 'resident', 'resident - weights', 'before loading', 'load to first trace'],
  ];
  for (const length of LENGTHS) memory.push(await memoryRow(directory, length));
  printTable('The engine process with one trace (target: resident <= weights + 350 MB)', memory);
  console.log(`  weights held: ${plan.mode}, ${plan.policy}`);
}

async function forward(
  runner: Runner,
  ids: readonly number[],
  options: { readonly trace?: boolean; readonly last?: boolean },
): Promise<void> {
  const { resid } = await runner.forward(ids, { want: options.trace ? ALL_OUTPUTS : ['resid_post'] });
  const final = resid.at(-1);
  if (!final) return;
  const width = runner.config.d_model;
  const x = options.last ? { dims: [1, width], data: final.data.subarray(-width) } : final;
  await runner.logits(x);
}

/** Multiply-adds counted twice: block matrices, attention products, unembedding of every position. */
function forwardFlops(config: ModelConfig, pos: number): number {
  const { n_layers, d_model, d_mlp, d_vocab } = config;
  const block = 4 * d_model * d_model + 2 * d_model * d_mlp + 2 * pos * d_model;
  return 2 * pos * (n_layers * block + d_model * d_vocab);
}

/** The built engine in a process of its own, as the extension runs it: opens the model, traces, says what is resident. */
async function memoryRow(directory: string, length: number): Promise<string[]> {
  const { client, child } = forkEngine(directory);
  try {
    const before = (await client.request('engine/status', {})).residentBytes;
    const started = performance.now();
    const { modelId, weightBytes } = await client.request('model/open', { model: directory, saes: [] });
    await client.request('trace/run', { modelId, text: 'a', bos: 'always' });
    const load = performance.now() - started;
    // One byte is one token of the random model.
    await client.request('trace/run', { modelId, text: 'a'.repeat(length - 1), bos: 'always' });
    const { residentBytes } = await client.request('engine/status', {});
    return [
      String(length),
      megabytes(weightBytes),
      megabytes(residentBytes),
      megabytes(residentBytes - weightBytes),
      megabytes(before),
      ms(load),
    ];
  } finally {
    child.kill('SIGKILL');
  }
}

await main();
