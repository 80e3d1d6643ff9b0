import { mayUseDesktop } from '../host/desktop.ts';
import { installCodeServer, whyNoCodeServer } from '../host/codeServer.ts';
import { findChromium, howToGetChromium } from '../host/chromium.ts';
import { filesBelow } from './files.ts';
import { runMochaTier } from './mochaTier.ts';
import type { TestRecord } from './record.ts';
import { runSteadily } from './runSteadily.ts';
import type { TierOutcome } from './tiers.ts';

const INSIDE_TIMEOUT_SECONDS = 480;
const UI_TIMEOUT_SECONDS = 1200;
const UI_TEST_SECONDS = 90;

/**
 * The tests in a real VS Code: those that run inside its extension host (`*.test.ts`, desktop or code-server), then
 * those that drive its user interface from outside (`*.ui.test.ts`, code-server in Chromium).
 */
export async function runExtensionTests({ grep }: { grep: string | undefined }): Promise<TierOutcome> {
  const whyNoBrowserHost = await prepareCodeServer();
  if (whyNoBrowserHost === undefined)
    return { records: [...(await insideTests(grep)), ...(await uiTests(grep))] };
  const records = mayUseDesktop() ? await insideTests(grep) : [];
  return { records, cannotRun: whyNoBrowserHost };
}

async function prepareCodeServer(): Promise<string | undefined> {
  const whyNot = whyNoCodeServer() ?? (findChromium() === undefined ? howToGetChromium() : undefined);
  if (whyNot !== undefined) return whyNot;
  try {
    await installCodeServer(console.log);
    return undefined;
  } catch (error) {
    return `VS Code could not be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function insideTests(grep: string | undefined): Promise<TestRecord[]> {
  const files = filesBelow('test/extension', isInside);
  if (files.length === 0) return [];
  const args = ['--import=tsx', 'test/support/host/runInHost.ts'];
  // One VS Code runs them all.
  return runSteadily(['inside VS Code'], () =>
    runMochaTier({ args, grep, timeoutSeconds: INSIDE_TIMEOUT_SECONDS }),
  );
}

async function uiTests(grep: string | undefined): Promise<TestRecord[]> {
  const files = filesBelow('test/extension', (name) => name.endsWith('.ui.test.ts'));
  if (files.length === 0) return [];
  return runSteadily(files, (these) =>
    runMochaTier({
      args: ['--import=tsx', 'scripts/test/mochaWorker.ts', ...these],
      env: { UNDERGLASS_TEST_TIMEOUT_MS: String(UI_TEST_SECONDS * 1000) },
      grep,
      timeoutSeconds: UI_TIMEOUT_SECONDS,
    }),
  );
}

function isInside(name: string): boolean {
  return name.endsWith('.test.ts') && !name.endsWith('.ui.test.ts');
}
