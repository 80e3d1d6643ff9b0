/**
 * `npm start`: from a fresh clone to a traced prompt, then the examples in VS Code with Underglass loaded.
 *   npm start -- --no-editor    ends after the trace
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { ROOT, buildAll, ensurePackages, fail, requireNode, run, runTypeScript } from './bootstrap.mjs';

const EXAMPLE = path.join('examples', 'ioi.prompt');

requireNode();
await ensurePackages();
await buildAll();
await traceExample();
if (!process.argv.includes('--no-editor')) process.exitCode = await openEditor();

async function traceExample() {
  console.log(`\nunderglass trace ${EXAMPLE}\n`);
  const code = await run(process.execPath, [path.join('dist', 'cli.mjs'), 'trace', EXAMPLE]);
  if (code === 0) return;
  fail(
    `The trace of ${EXAMPLE} failed (exit code ${code}).`,
    'Next: the message above says why; `npm test` shows whether this machine can run the engine.',
  );
}

async function openEditor() {
  const code = desktopCommand();
  if (code === undefined) return runTypeScript('scripts/start/browser.ts', []);
  console.log(
    `\nOpening ${path.join(ROOT, 'examples')} in VS Code. Right-click a .prompt file > Trace Activations.`,
  );
  const args = ['--new-window', `--extensionDevelopmentPath=${ROOT}`, path.join(ROOT, 'examples')];
  const windows = process.platform === 'win32';
  const { status, error } = spawnSync(
    windows ? `"${code}"` : code,
    windows ? args.map((arg) => `"${arg}"`) : args,
    {
      stdio: 'inherit',
      shell: windows,
    },
  );
  if (status === 0) return 0;
  fail(
    `VS Code did not start: ${error?.message ?? `${code} ended with exit code ${status}`}.`,
    'Next: open this folder in VS Code and press F5, or take `code` off the PATH to use VS Code in the browser.',
  );
}

/** Path of the desktop VS Code's command, if it is on the PATH. */
function desktopCommand() {
  const name = process.platform === 'win32' ? 'code.cmd' : 'code';
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
