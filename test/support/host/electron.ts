import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { mayUseDesktop, wantedHost } from '../../../scripts/host/desktop.ts';
import { ROOT } from '../../../scripts/test/files.ts';

export interface ElectronRun {
  readonly suite: string;
  readonly workspace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a suite in the desktop VS Code. Undefined when it is not wanted, or cannot be had and code-server may do it. */
export async function runInElectron(run: ElectronRun): Promise<number | undefined> {
  if (!mayUseDesktop()) return undefined;
  const executable = await findVSCode({ required: wantedHost() === 'electron' });
  if (executable === undefined) return undefined;
  const userData = mkdtempSync(path.join(tmpdir(), 'underglass-electron-'));
  try {
    return await runDesktop(executable, userData, run);
  } finally {
    rmSync(userData, { recursive: true, force: true });
  }
}

function runDesktop(
  executable: string,
  userData: string,
  { suite, workspace, env }: ElectronRun,
): Promise<number> {
  return runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: [path.join(import.meta.dirname, 'networkWatch'), ROOT],
    extensionTestsPath: suite,
    extensionTestsEnv: env,
    launchArgs: [
      path.join(ROOT, workspace),
      '--disable-extensions',
      '--disable-gpu',
      `--user-data-dir=${userData}`,
      // Chromium's sandbox refuses root, who runs containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
}

/** @throws what the download threw, when it is required. */
async function findVSCode({ required }: { required: boolean }): Promise<string | undefined> {
  const named = process.env['VSCODE_EXECUTABLE'];
  if (named !== undefined) return named;
  try {
    return await downloadAndUnzipVSCode({ cachePath: path.join(ROOT, '.vscode-test') });
  } catch (error) {
    if (required) throw error;
    const why = error instanceof Error ? error.message : String(error);
    console.log(`Desktop VS Code cannot be downloaded (${why}): code-server instead.`);
    return undefined;
  }
}
