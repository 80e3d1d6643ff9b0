import os from 'node:os';
import { InterpError } from '../core/errors.ts';
import type { ModelConfig } from '../core/model/config.ts';
import { countParameters, type Checkpoint } from '../core/model/checkpoint.ts';
import type { WeightPolicy } from '../core/graph/session.ts';
import type { PoolLimits, SessionPool } from '../core/graph/sessionPool.ts';
import { estimateMemory, type MemoryEstimate } from '../core/analysis/memory.ts';
import type { PrepackChoice } from '../core/speed.ts';
import type { HeldMode } from '../protocol/engineContract.ts';
import { collectGarbage, ownBytes } from '../runtime/processMemory.ts';

/** How a model's weights will be held. */
export interface WeightPlan {
  readonly policy: WeightPolicy;
  readonly half: 'folded' | 'none' | 'cast';
  readonly mode: HeldMode;
}

/** Prepacking copies the weights: worth it for small models only (see ARCHITECTURE.md, decision 2). */
const MAX_PREPACKED_PARAMETERS = 375_000_000;
/** Private copies may take this share of what is free. */
const SHARE_OF_FREE = 0.5;
/** Private copies of all models together, of what is free and what they hold. */
const SHARE_FOR_SESSIONS = 0.75;
/** A model of 48 layers is traced and debugged by about 100 sessions. */
const MIN_SESSIONS = 112;
const MAX_SESSION_THREADS = 1024;

/** Bytes that could still be taken without swapping, within the limit that was set or a container's, if there is one. */
export function freeBytes(): number {
  const free = process.availableMemory?.() ?? os.freemem();
  const limit = Number(process.env['UNDERGLASS_MEMORY_MB']) * 2 ** 20;
  return limit > 0 ? Math.max(0, Math.min(free, limit - ownBytes())) : free;
}

/** How weights are held. `prepack` `on` packs whatever the size, `off` never. */
export function planWeights(
  checkpoint: Checkpoint,
  { free = freeBytes(), prepack = 'auto' }: { readonly free?: number; readonly prepack?: PrepackChoice } = {},
): WeightPlan {
  const half = [...checkpoint.tensors.values()].some(({ dtype }) => dtype !== 'F32');
  const parameters = countParameters(checkpoint);
  const fits = parameters * 4 <= free * SHARE_OF_FREE;
  if (half && !fits && prepack !== 'on') return { policy: 'cast', half: 'cast', mode: 'cast' };
  const packs = prepack === 'auto' ? fits && parameters <= MAX_PREPACKED_PARAMETERS : prepack === 'on';
  return {
    policy: packs ? 'prepack' : 'mapped',
    half: half ? 'folded' : 'none',
    mode: half ? 'folded' : packs ? 'packed' : 'mapped',
  };
}

/** Memory that runs share. */
export interface Room {
  /** What could be taken: free, or given back by idle sessions. */
  free(): number;
  /** Has sessions give back what is wanted beyond what is free. */
  make(bytes: number): Promise<void>;
}

/** Sessions that nobody can ask to give anything back. */
export const MACHINE: Room = { free: freeBytes, make: async () => {} };

export function createRoom(pool: Pick<SessionPool, 'heldBytes' | 'giveBack'>): Room {
  return {
    free: () => freeBytes() + pool.heldBytes(),
    make: async (bytes) => {
      if (bytes > freeBytes()) collectGarbage();
      await pool.giveBack(bytes - freeBytes());
    },
  };
}

/** Sessions may hold what is free beyond a reserve for activations. Each has `threads` threads. */
export function poolLimits(threads: number): PoolLimits {
  return {
    budget: (held) => SHARE_FOR_SESSIONS * (freeBytes() + held),
    maxSessions: Math.max(MIN_SESSIONS, Math.floor(MAX_SESSION_THREADS / threads)),
  };
}

/** As `assertFits`, and what is missing is taken from idle sessions. @throws model/too-large with the numbers */
export async function makeFit(
  config: ModelConfig,
  plan: WeightPlan,
  run: PlannedRun,
  room: Room,
): Promise<void> {
  await room.make(neededBytes(config, plan, run));
  assertFits(config, plan, run, room.free());
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
): void {
  const needed = neededBytes(config, plan, run);
  if (needed <= free) return;
  throw new InterpError(
    'model/too-large',
    `${run.what} needs about ${megabytes(needed)} MB; ${megabytes(free)} MB are free.`,
    {
      data: { neededBytes: needed, freeBytes: free },
    },
  );
}

function neededBytes(config: ModelConfig, plan: WeightPlan, run: PlannedRun): number {
  const estimate = estimateMemory(config, { pos: run.pos, policy: plan.policy, half: plan.half });
  return (run.loaded ? estimate.activations : estimate.total) + debugging(estimate, run);
}

function debugging({ debugWeights, gradients }: MemoryEstimate, { debug }: PlannedRun): number {
  return debug ? debug.sides * gradients + (debug.loaded ? 0 : debugWeights) : 0;
}

function megabytes(bytes: number): string {
  return Math.ceil(bytes / 2 ** 20).toLocaleString('en-US');
}
