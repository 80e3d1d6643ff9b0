import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { folderUrl } from '../../../scripts/host/server.ts';
import { ROOT } from '../../../scripts/test/files.ts';
import { developExtension } from './develop.ts';
import { startSession } from './session.ts';
import { reloadWindow, waitForContributions } from './workbenchUi.ts';
import type { Page } from 'playwright-core';
import type { SessionOptions } from './session.ts';

const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

export type Theme = keyof typeof THEMES;

export interface WorkbenchOptions extends SessionOptions {
  /** Default dark. */
  readonly theme?: Theme;
  /** Folder of the extension, relative to the repository; default Underglass itself. */
  readonly extension?: string;
  /** Title of the activity bar entry that shows that the extension's contributions are in. */
  readonly activityBar?: string;
}

/** VS Code in a browser page with Underglass loaded from this repository's dist/. */
export interface Workbench {
  readonly page: Page;
  /** The copy of the workspace that is open: tests may write to it. */
  readonly workspace: string;
  /** VS Code's data folder: logs, global storage. */
  readonly folder: string;
  /** Errors that pages and the workbench wrote to the browser's console, known harmless ones left out. */
  readonly consoleErrors: readonly string[];
  /** What was asked of other machines, by the pages or by any Node process; [] is what it should be. */
  readonly outsideRequests: () => string[];
  /** Loads the window again, as "Developer: Reload Window" does, and waits until it is ready. */
  reload(): Promise<void>;
  /** Writes a picture to `file`, from the repository's top when relative. */
  screenshot(file: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * code-server lacks two files of Microsoft's own build and two native modules for logs, which are not compiled here;
 * a closing window in a browser cannot wait for its jobs, nor write its own log to its end; nobody signs in to GitHub;
 * VS Code rewrites outdated settings while the extension host of a busy machine still starts.
 */
const HARMLESS = [
  /vsda/u,
  /Failed to load resource.*404/u,
  /spdlog|watchdog/u,
  /Long running operations during shutdown/u,
  /Unable to write file 'vscode-log:/u,
  /Aborted onWillSaveTextDocument-event/u,
  /authentication provider 'github'/u,
];

/** Opens a workspace in VS Code. Close it in `after`, also when a test failed. */
export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const settings = { 'workbench.colorTheme': THEMES[options.theme ?? 'dark'], ...options.settings };
  const session = await startSession({ ...options, settings });
  const { page, server, workspace, folder, outsideRequests } = session;
  const activityBar = options.activityBar ?? 'Underglass';
  const consoleErrors = collectErrors(page);
  try {
    await developExtension(page, server, { extension: path.resolve(ROOT, options.extension ?? '.') });
    await page.goto(folderUrl(server, workspace));
    await waitForContributions(page, activityBar);
    session.phase('extension there');
  } catch (error) {
    await page.screenshot({ path: await failurePath() }).catch(() => undefined);
    await session.close();
    throw error;
  }
  return {
    page,
    workspace,
    folder,
    consoleErrors,
    outsideRequests,
    reload: () => reloadWindow(page, activityBar),
    screenshot: async (file) => {
      const target = path.resolve(ROOT, file);
      mkdirSync(path.dirname(target), { recursive: true });
      await page.screenshot({ path: target });
    },
    close: () => session.close(),
  };
}

function collectErrors(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !HARMLESS.some((known) => known.test(text))) errors.push(text);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

/** Where the picture of a workbench that did not get ready lies. */
async function failurePath(): Promise<string> {
  const folder = path.join(ROOT, 'out', 'screenshots');
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `not-ready-${process.pid}.png`);
}
