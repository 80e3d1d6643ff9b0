/**
 * What `npm start` and `npm test` do first on a fresh machine. Uses nothing but Node's own modules.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

// Not import.meta.dirname: this file must load on an old Node, to say that it is too old.
export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Ends the process with a plain message: what is wrong, and what to do next. */
export function fail(problem, next) {
  console.error(`\n${problem}\n${next}`);
  process.exit(1);
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `Underglass needs Node 20.19 or newer; this is Node ${process.versions.node}.`,
    'Next: install a current Node from https://nodejs.org and run the command again.',
  );
}

/** Runs `npm ci` when a package of package-lock.json is absent from node_modules or has another version. */
export async function ensurePackages() {
  const reason = whyInstall();
  if (reason === undefined) return;
  console.log(`setup: ${reason}: npm ci, about 130 MB to download, 20 to 90 s`);
  const code = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code === 0) return;
  fail(
    `setup: npm ci failed (exit code ${code}).`,
    'Next: read the npm error above; check the network, the proxy (npm config get proxy) and free disk space (0.6 GB).',
  );
}

/** Builds everything that `flags` ask for. */
export async function buildAll(flags = []) {
  const code = await run(process.execPath, ['esbuild.mjs', ...flags]);
  if (code !== 0) fail('The build failed.', 'Next: mend the errors above, then run the command again.');
}

/** Runs a TypeScript file of this repository; resolves to its exit code. */
export function runTypeScript(file, args) {
  return run(process.execPath, ['--import=tsx', file, ...args]);
}

/** npm keeps what it installed in node_modules/.package-lock.json: the two lists must agree. */
function whyInstall() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === undefined) return 'the packages are not installed';
  for (const [name, entry] of Object.entries(wanted ?? {})) {
    if (!name.startsWith('node_modules/') || entry.optional === true) continue;
    if (installed[name]?.version === entry.version) continue;
    return `${name.slice('node_modules/'.length)} ${entry.version} is not installed`;
  }
  return undefined;
}

function packagesOf(file) {
  const full = path.join(ROOT, file);
  return existsSync(full) ? JSON.parse(readFileSync(full, 'utf8')).packages : undefined;
}

function npm(args) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js') === true) return run(process.execPath, [script, ...args]);
  return run('npm', args, { shell: process.platform === 'win32' });
}

/** Ctrl+C reaches the child by the terminal; here it must not end the parent before the child has cleaned up. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? (signal === null ? 1 : 130));
    });
  });
}
