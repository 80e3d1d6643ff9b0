import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installCodeServer } from '../../../scripts/host/codeServer.ts';
import { startServer } from '../../../scripts/host/server.ts';
import { ROOT } from '../../../scripts/test/files.ts';
import { launchChromium, watchRequests } from './browser.ts';
import { phaseTimer } from './phases.ts';
import type { Page } from 'playwright-core';
import type { Server } from '../../../scripts/host/server.ts';

export interface SessionOptions {
  /** Folder that is copied, so that tests may change files; relative ones start at the repository. */
  readonly workspace: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** Default true; false asks VS Code's question about trusting the folder. */
  readonly trusted?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
}

/** A server and an empty browser page, before VS Code is opened in it. */
export interface Session {
  readonly server: Server;
  readonly page: Page;
  /** The copy of the workspace that VS Code opens. */
  readonly workspace: string;
  /** Everything that VS Code writes: user data, logs, global storage. */
  readonly folder: string;
  readonly phase: (name: string) => void;
  /** What anything in it asked of other machines: the page's requests, then connections of the extension host and its children. */
  readonly outsideRequests: () => string[];
  close(): Promise<void>;
}

const TEST_SETTINGS = {
  'git.enabled': false,
  'editor.hover.delay': 100,
  // Tooltips of the explorer's rows lie in the way of the mouse.
  'workbench.hover.delay': 600_000,
};

/** Starts code-server and Chromium. Call `close`, also after a failure. */
export async function startSession(options: SessionOptions): Promise<Session> {
  const phase = phaseTimer('host');
  const codeServer = await installCodeServer(console.log);
  const folder = mkdtempSync(path.join(tmpdir(), 'underglass-host-'));
  const workspace = path.join(folder, 'workspace', path.basename(options.workspace));
  mkdirSync(path.dirname(workspace), { recursive: true });
  cpSync(path.resolve(ROOT, options.workspace), workspace, { recursive: true });
  const networkLog = path.join(folder, 'network.log');
  const server = await startServer({
    codeServer,
    folder,
    settings: { ...TEST_SETTINGS, ...options.settings },
    env: { UNDERGLASS_NETWORK_LOG: networkLog, ...options.env },
    trustWorkspaces: options.trusted ?? true,
  });
  phase('server up');
  const browser = await launchChromium().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const page = await browser.newPage({ viewport: options.size ?? { width: 1360, height: 860 } });
  const requests = watchRequests(page);
  phase('browser up');
  const close = async (): Promise<void> => {
    phase('used');
    await browser.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    phase('closed');
  };
  const outsideRequests = () => [...requests, ...linesOf(networkLog)];
  return { server, page, workspace, folder, phase, outsideRequests, close };
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
