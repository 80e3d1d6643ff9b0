import { runChecks } from './checks.ts';
import { runExtensionTests } from './extensionTier.ts';
import { filesBelow } from './files.ts';
import { runMochaTier } from './mochaTier.ts';
import { findChromium, howToGetChromium } from '../host/chromium.ts';
import { runSteadily } from './runSteadily.ts';
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
    browserTier('webview', { timeoutSeconds: 1200, testSeconds: 90 }),
    { name: 'extension', run: testsOf('extension').length === 0 ? undefined : runExtensionTests },
  ];
}

interface Limits {
  /** For the tier as a whole. */
  readonly timeoutSeconds: number;
  /** For one test that does not set its own. */
  readonly testSeconds: number;
}

function nodeTier(name: string, limits: Limits): Tier {
  const files = testsOf(name);
  if (files.length === 0) return { name, run: undefined };
  const run: Tier['run'] = async ({ grep }) => ({ records: await runFiles(files, { grep, ...limits }) });
  return { name, run };
}

async function runFiles(
  files: readonly string[],
  { grep, testSeconds, timeoutSeconds }: Limits & { grep: string | undefined },
): Promise<TestRecord[]> {
  return runMochaTier({
    args: ['--import=tsx', 'scripts/test/mochaWorker.ts', ...files],
    env: { UNDERGLASS_TEST_TIMEOUT_MS: String(testSeconds * 1000) },
    grep,
    timeoutSeconds,
  });
}

function browserTier(name: string, limits: Limits): Tier {
  const files = testsOf(name);
  if (files.length === 0) return { name, run: undefined };
  const run: Tier['run'] = async ({ grep }) => {
    if (findChromium() === undefined) return { records: [], cannotRun: howToGetChromium() };
    return { records: await runSteadily(files, (these) => runFiles(these, { grep, ...limits })) };
  };
  return { name, run };
}

function testsOf(tier: string): string[] {
  return filesBelow(`test/${tier}`, (file) => file.endsWith('.test.ts'));
}
