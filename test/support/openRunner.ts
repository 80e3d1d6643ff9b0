import { createGraphs, type Graphs } from '../../src/core/graph/graphs.ts';
import type { SessionFactory, WeightPolicy } from '../../src/core/graph/session.ts';
import type { Checkpoint } from '../../src/core/model/checkpoint.ts';
import { Runner } from '../../src/core/trace/runner.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';

export const TEST_THREADS = 2;

export interface OpenRunner {
  readonly checkpoint: Checkpoint;
  readonly runner: Runner;
  readonly graphs: Graphs;
  readonly sessions: SessionFactory;
}

/** A model folder ready to run, as the engine opens it. */
export async function openRunner(directory: string, policy: WeightPolicy = 'prepack'): Promise<OpenRunner> {
  const { checkpoint } = await openCheckpoint(directory);
  const sessions = ortSessions({ threads: TEST_THREADS });
  const graphs = createGraphs(checkpoint, sessions, policy);
  return { checkpoint, graphs, sessions, runner: new Runner(checkpoint.config, graphs) };
}
