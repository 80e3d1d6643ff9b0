/** VS Code in the browser (code-server), for tests and for `npm start` where there is no desktop VS Code. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../test/files.ts';
import { runProcess } from '../test/childProcess.ts';

/** Git-ignored; everything that is installed on demand lies here. */
export const HOST_FOLDER = path.join(ROOT, '.vscode-host');

/** package.json and lock of what is installed: code-server and the Node that it asks for. */
const MANIFEST_FOLDER = path.join(import.meta.dirname, 'vscode');

const INSTALL_TIMEOUT_MS = 600_000;

export interface CodeServer {
  /** Node 24, which code-server needs whatever Node runs this. */
  readonly node: string;
  /** The script to run with it. */
  readonly entry: string;
}

/** Why code-server cannot run on this machine, or undefined. */
export function whyNoCodeServer(): string | undefined {
  const { platform, arch } = process;
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) return undefined;
  return `code-server is installed on Linux x64 and arm64 only; this is ${platform} ${arch}. Install VS Code with its "code" command (https://code.visualstudio.com).`;
}

/** Installs code-server unless it is there. @throws Error with npm's words when npm fails. */
export async function installCodeServer(say: (line: string) => void): Promise<CodeServer> {
  const target = path.join(HOST_FOLDER, `code-server-${fingerprint()}`);
  if (!existsSync(target)) {
    say(
      'setup: VS Code in the browser (code-server): about 70 MB to download, 0.8 GB on disk, 20 to 90 s, once',
    );
    await installInto(target);
  }
  const modules = path.join(target, 'node_modules');
  return {
    node: path.join(modules, `node-linux-${process.arch}`, 'bin', 'node'),
    entry: path.join(modules, 'code-server', 'out', 'node', 'entry.js'),
  };
}

/** Two runs may install at once: each fills a folder of its own, and the first to end gives it the name. */
async function installInto(target: string): Promise<void> {
  const folder = `${target}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    cpSync(MANIFEST_FOLDER, folder, { recursive: true });
    const vscode = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
    // code-server refuses other Nodes than 24 in its install script, and the script would compile: not run.
    await npm(folder, ['ci']);
    const node = path.join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
    if (!existsSync(node)) throw new Error(`npm did not install ${path.relative(folder, node)}.`);
    // VS Code's own packages are pinned by its shrinkwrap file.
    await npm(vscode, ['install', '--omit=dev']);
    await npm(path.join(vscode, 'extensions'), ['install', '--omit=dev']);
    writeFileSync(path.join(folder, '.gitignore'), '*\n');
    if (!existsSync(target)) renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  const script = process.env['npm_execpath'];
  const useScript = script?.endsWith('.js') === true;
  const { code, output, timedOut } = await runProcess({
    command: useScript ? process.execPath : 'npm',
    args: [
      ...(useScript ? [script] : []),
      ...args,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ],
    cwd,
    timeoutMs: INSTALL_TIMEOUT_MS,
    output: 'capture',
  });
  if (code === 0) return;
  const why = timedOut ? `not done after ${INSTALL_TIMEOUT_MS / 1000} s` : `exit code ${code}`;
  throw new Error(`npm ${args[0]} in ${path.relative(ROOT, cwd)}: ${why}\n${output.trim()}`);
}

/** Changes when another version is pinned, so that an old folder is not taken for the new one. */
function fingerprint(): string {
  const lock = readFileSync(path.join(MANIFEST_FOLDER, 'package-lock.json'));
  return createHash('sha256').update(lock).digest('hex').slice(0, 8);
}
