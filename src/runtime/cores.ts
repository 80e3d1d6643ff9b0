import { readFileSync } from 'node:fs';
import os from 'node:os';

/** More threads than this bring nothing at these sizes. */
const MAX_THREADS = 8;

/** What is known of the machine's processors. */
export interface Cores {
  /** Threads that may run at once, by the affinity of this process. */
  readonly logical: number;
  /** Cores, when the system tells. */
  readonly physical: number | null;
}

/** One thread for each core: two on one core share the unit that multiplies. */
export function automaticThreads({ logical, physical }: Cores = readCores()): number {
  return Math.max(1, Math.min(MAX_THREADS, logical, physical ?? logical));
}

function readCores(): Cores {
  return { logical: os.availableParallelism(), physical: physicalCores() };
}

/** Linux tells which threads share a core. ARM cores of macOS run one thread each; elsewhere on x64 most run two. */
function physicalCores(): number | null {
  const logical = os.cpus().length;
  if (process.platform === 'linux') return linuxCores(logical, readFileText);
  if (process.arch !== 'x64') return logical > 0 ? logical : null;
  return Math.ceil(logical / 2) || null;
}

/** Distinct lists of threads that share a core, see Documentation/admin-guide/cputopology.rst of Linux. */
export function linuxCores(logical: number, read: (path: string) => string): number | null {
  const cores = new Set<string>();
  for (let cpu = 0; cpu < logical; cpu++) {
    try {
      cores.add(read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`).trim());
    } catch {
      return null; // a container may hide it
    }
  }
  return cores.size || null;
}

function readFileText(path: string): string {
  return readFileSync(path, 'utf8');
}
