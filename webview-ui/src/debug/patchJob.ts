import type { PatchPart, PatchResult } from '../../../src/protocol/debugContract.ts';
import type { DebugViewContract, KeptPatch } from '../../../src/protocol/debugViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { PartsJob } from './jobs.ts';
import { isByToken, patchParts } from './patching.ts';

export type PatchChoice = Pick<KeptPatch, 'hook' | 'layer'>;

export interface PatchedPart {
  readonly part: PatchPart;
  readonly result: PatchResult;
}

/** Activation patching of a debug view; kept as a sweep is. */
export class PatchJob {
  /** `layer`: the one whose heads are patched token by token; null = heads of all layers, at all tokens. */
  choice: PatchChoice = { hook: 'resid_pre', layer: null };
  /** What was asked for, and of which run; null before the first. */
  asked: Omit<KeptPatch, 'done'> | null = null;
  readonly job: PartsJob<PatchPart, PatchedPart>;
  readonly #client: Client<DebugViewContract>;

  constructor(client: Client<DebugViewContract>, onChange: () => void) {
    this.#client = client;
    this.job = new PartsJob(onChange);
  }

  get kept(): KeptPatch | null {
    return this.asked && { ...this.asked, done: this.job.done.length };
  }

  choose(change: Partial<PatchChoice>): void {
    this.choice = { ...this.choice, ...change };
  }

  run(debugId: string, n_layers: number): void {
    const { hook, layer } = this.choice;
    this.asked = { hook, layer: isByToken(hook) ? null : layer, of: debugId };
    this.#start(debugId, n_layers, Infinity);
  }

  restore({ done, ...asked }: KeptPatch, debugId: string, n_layers: number): void {
    const { hook, layer } = asked;
    this.choice = { hook, layer };
    this.asked = asked;
    if (asked.of === debugId) this.#start(debugId, n_layers, done);
  }

  #start(debugId: string, n_layers: number, most: number): void {
    if (this.asked === null) return;
    const { hook, layer } = this.asked;
    const layers = layer === null ? Array.from({ length: n_layers }, (_, i) => i) : [layer];
    const plan = patchParts(hook, layers, { byPosition: layer !== null });
    void this.job.run(
      () => Promise.resolve(plan),
      async (part, signal) => ({
        part,
        result: await this.#client.request('debug/patchPart', { debugId, part }, { signal }),
      }),
      { most },
    );
  }
}
