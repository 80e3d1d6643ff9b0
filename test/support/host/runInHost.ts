/**
 * Runs the mocha suite of out/test/extension inside a real VS Code: `node --import=tsx test/support/host/runInHost.ts`
 * Results go to the file that the environment names (scripts/test/record.ts).
 * UNDERGLASS_HOST=electron | code-server | auto (default: the desktop VS Code where it can be had, else code-server).
 */
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { folderUrl } from '../../../scripts/host/server.ts';
import { ROOT } from '../../../scripts/test/files.ts';
import { GREP_VARIABLE, RESULTS_VARIABLE } from '../../../scripts/test/record.ts';
import { developExtension } from './develop.ts';
import { runInElectron } from './electron.ts';
import { startSession } from './session.ts';

const WORKSPACE = 'test/extension/workspace';
const SUITE = path.join(ROOT, 'out/test/extension/index.cjs');
const SUITE_TIMEOUT_MS = 420_000;

const PASSED_ON = [RESULTS_VARIABLE, GREP_VARIABLE];
const env = Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]));
const code = (await runInElectron({ suite: SUITE, workspace: WORKSPACE, env })) ?? (await runInCodeServer());
process.exit(code);

async function runInCodeServer(): Promise<number> {
  const session = await startSession({ workspace: WORKSPACE, env });
  const { page, server, phase } = session;
  try {
    const exit = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
      if (process.env['VERBOSE'] === '2') console.log(...args);
    });
    await developExtension(page, server, { extension: ROOT, tests: SUITE });
    await page.goto(folderUrl(server, session.workspace));
    phase('workbench asked for');
    const ended = await Promise.race([exit, delay(SUITE_TIMEOUT_MS, undefined, { ref: false })]);
    phase('suite done');
    if (ended === undefined) console.error(`The suite was not done after ${SUITE_TIMEOUT_MS / 1000} s.`);
    const outside = session.outsideRequests();
    if (outside.length > 0) console.error(`Requests that left this machine:\n${outside.join('\n')}`);
    return outside.length > 0 ? 1 : (ended ?? 1);
  } finally {
    await session.close();
  }
}
