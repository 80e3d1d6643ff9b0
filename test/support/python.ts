import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.dirname(path.dirname(import.meta.dirname));
const VENV = path.join(ROOT, '.python');
const REQUIREMENTS = path.join(ROOT, 'test', 'golden', 'recipes', 'requirements.txt');
/** What was installed: the requirements as they were then. */
const INSTALLED = path.join(VENV, 'installed.txt');
/** Characters of a script's complaints. */
const SHOWN = 2000;
const IMPORTS = 'import transformers, transformer_lens, sae_lens';

/** A Python with the packages of the recipes, or why there is none. */
export type FoundPython = { readonly python: string } | { readonly missing: string };

/**
 * `UNDERGLASS_PYTHON`, else one in .python, made and filled by pip when it is not there: PyTorch is some gigabytes.
 */
export function findPython(): FoundPython {
  const given = process.env['UNDERGLASS_PYTHON'];
  if (given) return checked(given, 'UNDERGLASS_PYTHON');
  const python = path.join(
    VENV,
    ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']),
  );
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return checked(python, VENV);
  const system = ['python3', 'python'].find(
    (name) => run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))']) === null,
  );
  if (!system) return { missing: 'no Python 3.11 or newer was found (UNDERGLASS_PYTHON names one)' };
  console.log(`installing ${wanted.trim().split('\n').join(', ')} into ${VENV} (once)`);
  const failure =
    run(system, ['-m', 'venv', VENV]) ??
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  if (failure !== null) return { missing: `the Python packages could not be installed: ${failure}` };
  writeFileSync(INSTALLED, wanted);
  return checked(python, VENV);
}

function checked(python: string, where: string): FoundPython {
  const failure = run(python, ['-c', IMPORTS]);
  return failure === null ? { python } : { missing: `${where} cannot be used: ${failure}` };
}

/**
 * Runs a script to its end. Its threads wait without spinning: on a busy machine they would stand in each other's way.
 * @throws with what it said last
 */
export function runPython(python: string, args: readonly string[]): void {
  const env = { ...process.env, OMP_WAIT_POLICY: 'passive' };
  const { status, stderr } = spawnSync(python, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr.slice(-SHOWN)}`);
}

/** Null when it went well, else its last line of error. */
function run(command: string, args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return null;
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? `exit code ${status}`;
}
