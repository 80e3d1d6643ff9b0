/** Run as a process of its own by bench.ts: loads a model, traces once as the engine does, prints what is resident. */
import { readFileSync } from 'node:fs';
import { createGraphs } from '../../src/core/graph/graphs.ts';
import { Runner } from '../../src/core/trace/runner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { defaultThreads } from '../../src/engine/jobs.ts';
import { planWeights } from '../../src/engine/memory.ts';
import { collectGarbage } from '../../src/runtime/collectGarbage.ts';
import { openCheckpoint, weightBytes } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';

export interface MemoryReport {
  readonly weights: number;
  readonly before: number;
  readonly resident: number;
  readonly privateBytes: number | null;
  /** From opening the folder to the first logits, ms. */
  readonly load: number;
}

const [directory = '', length = '64'] = process.argv.slice(2);
const before = process.memoryUsage.rss();
const started = performance.now();
const { checkpoint } = await openCheckpoint(directory, { scan: 'never' });
const graphs = createGraphs(
  checkpoint,
  ortSessions({ threads: defaultThreads() }),
  planWeights(checkpoint).policy,
);
const runner = new Runner(checkpoint.config, graphs);
const first = await runner.forward([1], { want: ['resid_post'] });
await runner.logits(first.resid.at(-1) ?? { dims: [0], data: new Float32Array() });
const load = performance.now() - started;

const ids = Array.from({ length: Number(length) }, (_, index) => (index * 7919) % checkpoint.config.d_vocab);
const trace = await Trace.run(runner, ids);
await runner.surprise(trace.residPre(checkpoint.config.n_layers), ids);
collectGarbage();
const report: MemoryReport = {
  weights: weightBytes(checkpoint),
  before,
  resident: process.memoryUsage.rss(),
  privateBytes: privateBytes(),
  load,
};
console.log(JSON.stringify(report));

function privateBytes(): number | null {
  if (process.platform !== 'linux') return null;
  const line = /RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}
