import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endGroup } from '../test/childProcess.ts';
import type { CodeServer } from './codeServer.ts';

const START_TIMEOUT_MS = 30_000;

/** What would reach for the network, ask questions or hide the view is off. */
const QUIET_SETTINGS: Readonly<Record<string, unknown>> = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
};

export interface ServerOptions {
  readonly codeServer: CodeServer;
  /** Everything that the server writes lies in this folder: user data, extensions, logs, temporary files. */
  readonly folder: string;
  /** Not given: a person's own settings of an earlier start are kept. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Reaches the extension host. */
  readonly env?: NodeJS.ProcessEnv;
  readonly trustWorkspaces: boolean;
}

export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT`, the authority of vscode-remote addresses. */
  readonly authority: string;
  /** Resolves when the server has ended by itself or was stopped. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Address that opens a folder in the workbench. */
export function folderUrl(server: Server, folder: string): string {
  return `${server.origin}/?${new URLSearchParams({ folder }).toString()}`;
}

/** Starts VS Code's server on a free port of 127.0.0.1. It ends with this process. @throws Error with its log. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const user = path.join(options.folder, 'user');
  mkdirSync(path.join(user, 'User'), { recursive: true });
  const settings = path.join(user, 'User', 'settings.json');
  if (options.settings !== undefined || !existsSync(settings))
    writeFileSync(settings, JSON.stringify({ ...QUIET_SETTINGS, ...options.settings }, null, 2));
  const authority = `127.0.0.1:${await freePort()}`;
  const origin = `http://${authority}`;
  const child = launch(options, authority);
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    endGroup(child, 'SIGKILL');
    await ended;
  };
  const healthy = await untilHealthy(origin, () => child.exitCode === null);
  if (healthy) return { origin, authority, ended, stop };
  await stop();
  throw new Error(`code-server did not start:\n${readFileSync(logFile(options), 'utf8')}`);
}

function launch(options: ServerOptions, authority: string) {
  const { folder, codeServer } = options;
  const temporary = path.join(folder, 't');
  mkdirSync(temporary, { recursive: true });
  const xdg = path.join(folder, 'xdg');
  const log = openSync(logFile(options), 'w');
  const guard = path.join(import.meta.dirname, 'guard.mjs');
  const child = spawn(
    process.execPath,
    [guard, codeServer.node, codeServer.entry, ...flags(options, authority)],
    {
      detached: true,
      stdio: ['pipe', log, log],
      env: {
        ...process.env,
        // Without these it leaves files in the home folder and in the system's temporary folder.
        TMPDIR: temporary,
        XDG_CONFIG_HOME: xdg,
        XDG_DATA_HOME: xdg,
        XDG_CACHE_HOME: xdg,
        // No calls to an extension gallery.
        EXTENSIONS_GALLERY: '{"serviceUrl":""}',
        ...options.env,
      },
    },
  );
  closeSync(log);
  return child;
}

function flags({ folder, trustWorkspaces }: ServerOptions, authority: string): string[] {
  return [
    ...['--bind-addr', authority, '--auth', 'none'],
    ...['--user-data-dir', path.join(folder, 'user')],
    ...['--extensions-dir', path.join(folder, 'extensions')],
    ...['--config', path.join(folder, 'config.yaml')],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    '--ignore-last-opened',
    ...(trustWorkspaces ? ['--disable-workspace-trust'] : []),
  ];
}

async function untilHealthy(origin: string, isAlive: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (isAlive() && Date.now() < deadline) {
    const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return true;
    await delay(50);
  }
  return false;
}

function logFile({ folder }: ServerOptions): string {
  return path.join(folder, 'server.log');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
