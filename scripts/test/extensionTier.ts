import type { TierOutcome } from './tiers.ts';

export async function runExtensionTests(_options: { grep: string | undefined }): Promise<TierOutcome> {
  return { cannotRun: 'not built yet' };
}
