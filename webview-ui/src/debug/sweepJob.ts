import type { DebugView, SweepPlan, SweepRow } from '../../../src/protocol/debugContract.ts';
import type { DebugViewContract, KeptSweep } from '../../../src/protocol/debugViewContract.ts';
import type { Client } from '../../../src/protocol/rpc.ts';
import { PartsJob } from './jobs.ts';

export type SweepChoice = Pick<KeptSweep, 'kind' | 'positions' | 'layer'>;

type Part = SweepPlan['parts'][number];

/** The sweep of a debug view: it outlives its tab, and a page that is made again asks for what had been measured. */
export class SweepJob {
  choice: SweepChoice = { kind: 'heads', positions: 'last', layer: null };
  /** What was asked for, and of which run and scalar; null before the first sweep. */
  asked: Omit<KeptSweep, 'done'> | null = null;
  readonly job: PartsJob<Part, readonly SweepRow[]>;
  readonly #client: Client<DebugViewContract>;

  constructor(client: Client<DebugViewContract>, onChange: () => void) {
    this.#client = client;
    this.job = new PartsJob(onChange);
  }

  /** What a page keeps of it. */
  get kept(): KeptSweep | null {
    return this.asked && { ...this.asked, done: this.job.done.length };
  }

  choose(change: Partial<SweepChoice>): void {
    this.choice = { ...this.choice, ...change };
  }

  run(view: DebugView): void {
    this.asked = { ...this.choice, of: JSON.stringify(view) };
    this.#start(view, Infinity);
  }

  /** Takes up what a page had kept; the parts of the same run are still held by the host. */
  restore({ done, ...asked }: KeptSweep, view: DebugView): void {
    const { kind, positions, layer } = asked;
    this.choice = { kind, positions, layer };
    this.asked = asked;
    if (asked.of === JSON.stringify(view)) this.#start(view, done);
  }

  #start(view: DebugView, most: number): void {
    const { kind, positions, layer } = this.choice;
    const what = { ...view, kind, positions };
    const planned = { ...what, layer: kind === 'neurons' ? (layer ?? 0) : null };
    void this.job.run(
      async (signal) => (await this.#client.request('debug/sweepPlan', planned, { signal })).parts,
      (part, signal) => this.#client.request('debug/sweepPart', { ...what, part: part.id }, { signal }),
      { most },
    );
  }
}
