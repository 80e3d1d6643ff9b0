/** VS Code in the browser (code-server), for tests and for `npm start` where there is no desktop VS Code. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../test/files.ts';
import { runProcess } from '../test/childProcess.ts';

/** Git-ignored; everything that is installed on demand lies here. */
export const HOST_FOLDER = path.join(ROOT, '.vscode-host');

/** package.json and lock of what is installed, by edition: code-server and the Node that it asks for. */
const MANIFESTS = path.join(import.meta.dirname, 'vscode');

/** `oldest` is the VS Code that `engines.vscode` of package.json names. */
const EDITIONS = { current: 'VS Code 1.139', oldest: 'VS Code 1.99' } as const;

type Edition = keyof typeof EDITIONS;

const NODE_INSIDE = path.join('node_modules', `node-linux-${process.arch}`, 'bin', 'node');

const INSTALL_TIMEOUT_MS = 600_000;

export interface CodeServer {
  /** The Node that this code-server needs, whatever Node runs this. */
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

/** Installs code-server unless it is there; UNDERGLASS_VSCODE=current|oldest chooses. @throws Error with npm's words. */
export async function installCodeServer(say: (line: string) => void): Promise<CodeServer> {
  const edition = chosenEdition();
  const target = path.join(HOST_FOLDER, `${edition}-${fingerprint(edition)}`);
  if (!existsSync(target)) {
    say(`setup: ${EDITIONS[edition]} in the browser (code-server): up to 0.8 GB on disk, 20 to 90 s, once`);
    await installInto(target, edition);
  }
  return {
    node: path.join(target, NODE_INSIDE),
    entry: path.join(target, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
  };
}

function chosenEdition(): Edition {
  const chosen = process.env['UNDERGLASS_VSCODE'] ?? 'current';
  if (chosen === 'current' || chosen === 'oldest') return chosen;
  throw new Error(`UNDERGLASS_VSCODE is "${chosen}"; it may be current or oldest.`);
}

/** Two runs may install at once: each fills a folder of its own, and the first to end gives it the name. */
async function installInto(target: string, edition: Edition): Promise<void> {
  const folder = `${target}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    cpSync(path.join(MANIFESTS, edition), folder, { recursive: true });
    const vscode = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
    // code-server refuses other Nodes than its own in its install script, and the script would compile: not run.
    await npm(folder, ['ci']);
    if (!existsSync(path.join(folder, NODE_INSIDE))) throw new Error(`npm did not install ${NODE_INSIDE}.`);
    // VS Code's own packages are pinned by its shrinkwrap file.
    await npm(vscode, ['install', '--omit=dev']);
    await npm(path.join(vscode, 'extensions'), ['install', '--omit=dev']);
    if (edition === 'oldest') doWithoutPasswords(folder);
    if (!existsSync(target)) renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The old argon2 would have to be compiled; it hashes passwords, and `--auth none` has none. */
function doWithoutPasswords(folder: string): void {
  writeFileSync(path.join(folder, 'node_modules', 'argon2', 'argon2.js'), 'module.exports = {};\n');
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
function fingerprint(edition: Edition): string {
  const lock = readFileSync(path.join(MANIFESTS, edition, 'package-lock.json'));
  return createHash('sha256').update(lock).digest('hex').slice(0, 8);
}
