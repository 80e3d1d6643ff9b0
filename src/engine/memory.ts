import os from 'node:os';
import { InterpError } from '../core/errors.ts';
import type { ModelConfig } from '../core/model/config.ts';
import { countParameters, type Checkpoint } from '../core/model/checkpoint.ts';
import type { WeightPolicy } from '../core/graph/session.ts';
import { estimateMemory, type MemoryEstimate } from '../core/analysis/memory.ts';

/** How a model's weights will be held. */
export interface WeightPlan {
  readonly policy: WeightPolicy;
  readonly half: 'folded' | 'none' | 'cast';
  readonly mode: 'mapped' | 'folded' | 'cast';
}

/** Prepacking copies the weights: worth it for small models only (see ARCHITECTURE.md, decision 2). */
const MAX_PREPACKED_PARAMETERS = 375_000_000;
/** Private copies may take this share of what is free. */
const SHARE_OF_FREE = 0.5;

/** Bytes that could still be taken without swapping, within a container's limit if there is one. */
export function freeBytes(): number {
  return process.availableMemory?.() ?? os.freemem();
}

export function planWeights(checkpoint: Checkpoint, free: number = freeBytes()): WeightPlan {
  const half = [...checkpoint.tensors.values()].some(({ dtype }) => dtype !== 'F32');
  const parameters = countParameters(checkpoint);
  const fits = parameters * 4 <= free * SHARE_OF_FREE;
  if (half && !fits) return { policy: 'cast', half: 'cast', mode: 'cast' };
  const policy = fits && parameters <= MAX_PREPACKED_PARAMETERS ? 'prepack' : 'mapped';
  return { policy, half: half ? 'folded' : 'none', mode: half ? 'folded' : 'mapped' };
}

/** What is about to be run. */
export interface PlannedRun {
  readonly pos: number;
  readonly what: string;
  /** The model has run already: its weights are there. */
  readonly loaded: boolean;
  /** Gradients of one scalar on so many runs; `loaded`: the model has been debugged already. */
  readonly debug?: { readonly sides: number; readonly loaded: boolean };
}

/** Refuses what cannot fit, before anything is allocated. @throws model/too-large with the numbers */
export function assertFits(
  config: ModelConfig,
  plan: WeightPlan,
  run: PlannedRun,
  free: number = freeBytes(),
): MemoryEstimate {
  const estimate = estimateMemory(config, { pos: run.pos, policy: plan.policy, half: plan.half });
  const needed = (run.loaded ? estimate.activations : estimate.total) + debugging(estimate, run);
  if (needed <= free) return estimate;
  throw new InterpError(
    'model/too-large',
    `${run.what} needs about ${megabytes(needed)} MB; ${megabytes(free)} MB are free.`,
    {
      data: { neededBytes: needed, freeBytes: free },
    },
  );
}

function debugging({ debugWeights, gradients }: MemoryEstimate, { debug }: PlannedRun): number {
  return debug ? debug.sides * gradients + (debug.loaded ? 0 : debugWeights) : 0;
}

function megabytes(bytes: number): string {
  return Math.ceil(bytes / 2 ** 20).toLocaleString('en-US');
}
