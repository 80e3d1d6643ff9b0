import { readdirSync } from 'node:fs';
import path from 'node:path';
import { GREP_VARIABLE, RESULTS_VARIABLE } from '../../scripts/test/record.ts';
import { runMocha } from '../../scripts/test/runMocha.ts';

const TEST_TIMEOUT_MS = 60_000;

/** Called by VS Code's extension host, desktop or not. @throws Error when a test fails, which VS Code makes its exit code. */
export async function run(): Promise<void> {
  const results = process.env[RESULTS_VARIABLE];
  if (results === undefined) throw new Error(`${RESULTS_VARIABLE} must name the results file.`);
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  const files = names
    .filter((name) => name.endsWith('.test.cjs'))
    .map((name) => path.join(import.meta.dirname, name));
  const failures = await runMocha({
    files: files.sort(),
    results,
    grep: process.env[GREP_VARIABLE],
    timeoutMs: TEST_TIMEOUT_MS,
    load: 'require',
    verbose: process.env['VERBOSE'] !== undefined,
  });
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}
