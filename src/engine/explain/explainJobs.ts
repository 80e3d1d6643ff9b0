import type { EngineExplain } from '../../protocol/explainContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';

/** Explaining, scoring and rating. */
export function explainJobs(): Handlers<EngineExplain> {
  return {} as Handlers<EngineExplain>;
}
