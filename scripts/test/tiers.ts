import { runChecks } from './checks.ts';
import { runExtensionTests } from './extensionTier.ts';
import { filesBelow } from './files.ts';
import { runMochaTier } from './mochaTier.ts';
import { findChromium, howToGetChromium } from '../host/chromium.ts';
import type { TestRecord } from './record.ts';

export interface TierOutcome {
  readonly records: readonly TestRecord[];
  /** Why the tier, or a part of it, cannot run on this machine. */
  readonly cannotRun?: string;
}

export interface Tier {
  readonly name: string;
  /** Undefined when the tier has no test files. */
  readonly run: ((options: { grep: string | undefined }) => Promise<TierOutcome>) | undefined;
}

/** Every tier, cheapest first. The time limits are about ten times what a run takes on two cores. */
export function allTiers(): Tier[] {
  return [
    { name: 'check', run: async () => ({ records: await runChecks() }) },
    nodeTier('unit', { timeoutSeconds: 300, testSeconds: 10 }),
    nodeTier('engine', { timeoutSeconds: 900, testSeconds: 60 }),
    nodeTier('cli', { timeoutSeconds: 400, testSeconds: 60 }),
    browserTier('webview', { timeoutSeconds: 1200, testSeconds: 90, retries: 1 }),
    { name: 'extension', run: isEmpty('test/extension') ? undefined : runExtensionTests },
  ];
}

interface Limits {
  /** For the tier as a whole. */
  readonly timeoutSeconds: number;
  /** For one test that does not set its own. */
  readonly testSeconds: number;
  readonly retries?: number;
}

function nodeTier(name: string, limits: Limits): Tier {
  const files = filesBelow(`test/${name}`, (file) => file.endsWith('.test.ts'));
  if (files.length === 0) return { name, run: undefined };
  return {
    name,
    run: async ({ grep }) => ({
      records: await runMochaTier({
        args: ['--import=tsx', 'scripts/test/mochaWorker.ts', ...files],
        env: { UNDERGLASS_TEST_TIMEOUT_MS: String(limits.testSeconds * 1000) },
        grep,
        retries: limits.retries ?? 0,
        timeoutSeconds: limits.timeoutSeconds,
      }),
    }),
  };
}

function browserTier(name: string, limits: Limits): Tier {
  const { run } = nodeTier(name, limits);
  if (run === undefined) return { name, run };
  return {
    name,
    run: async (options) => {
      if (findChromium() === undefined) return { records: [], cannotRun: howToGetChromium() };
      return run(options);
    },
  };
}

function isEmpty(folder: string): boolean {
  return filesBelow(folder, (file) => file.endsWith('.test.ts')).length === 0;
}
