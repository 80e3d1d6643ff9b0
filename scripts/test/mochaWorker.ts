/**
 * A tier's own process: `node --import=tsx scripts/test/mochaWorker.ts FILE...`
 * The files are TypeScript; results go to the file that the environment names.
 */
import { GREP_VARIABLE, RESULTS_VARIABLE } from './record.ts';
import { runMocha } from './runMocha.ts';

const results = process.env[RESULTS_VARIABLE];
if (results === undefined) throw new Error(`${RESULTS_VARIABLE} must name the results file.`);
const failures = await runMocha({
  files: process.argv.slice(2),
  results,
  grep: process.env[GREP_VARIABLE],
  timeoutMs: Number(process.env['UNDERGLASS_TEST_TIMEOUT_MS'] ?? 10_000),
  load: 'import',
  verbose: process.env['VERBOSE'] !== undefined,
});
// A test that leaves a timer or a child behind must not keep the run waiting.
process.exit(failures === 0 ? 0 : 1);
