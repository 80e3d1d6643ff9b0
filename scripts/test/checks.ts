import { runProcess } from './childProcess.ts';
import type { TestRecord } from './record.ts';

/** Long enough for a cold start of the type checker on a slow machine. */
const CHECK_TIMEOUT_MS = 180_000;

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'],
  oxlint: ['node_modules/oxlint/bin/oxlint'],
  prettier: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
  zones: ['--import=tsx', 'scripts/zones.ts'],
  unused: ['node_modules/knip/bin/knip.js', '--no-progress'],
};

/** Types, lint, format, import zones and unused code. A check is no test: only a failing one is recorded. */
export async function runChecks(): Promise<TestRecord[]> {
  const records: TestRecord[] = [];
  for (const [name, args] of Object.entries(CHECKS)) {
    const started = performance.now();
    const { code, output } = await runProcess({
      command: process.execPath,
      args,
      timeoutMs: CHECK_TIMEOUT_MS,
      output: 'capture',
    });
    if (code === 0) continue;
    const ms = performance.now() - started;
    records.push({ title: `check ${name}`, state: 'failed', ms, error: output.trim() });
  }
  return records;
}
