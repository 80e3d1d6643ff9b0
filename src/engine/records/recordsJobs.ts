import type { EngineRecords } from '../../protocol/recordsContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';

/** Scans, indexes and what unit pages read of them. */
export function recordsJobs(): Handlers<EngineRecords> {
  return {} as Handlers<EngineRecords>;
}
