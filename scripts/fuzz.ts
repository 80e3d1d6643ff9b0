/**
 * `npm run fuzz`: every fuzz test with at least 100,000 new cases in all, or as many per property as the first
 * argument says. Prints the seed, which makes a failure come again: UNDERGLASS_FUZZ_SEED.
 */
import { spawnSync } from 'node:child_process';

/** Per property: there are more than ten. */
const CASES = 10_000;

const cases = Number(process.argv[2]) || CASES;
const seed = Number(process.env['UNDERGLASS_FUZZ_SEED']) || Date.now() % 2 ** 31;
console.log(`${cases} cases per property, UNDERGLASS_FUZZ_SEED=${seed}`);
const args = ['mocha', '--import=tsx', '--timeout', '0', 'test/unit/**/*{fuzz,Fuzz}.test.ts'];
const { status } = spawnSync('npx', args, {
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, UNDERGLASS_FUZZ: String(cases), UNDERGLASS_FUZZ_SEED: String(seed) },
});
process.exitCode = status ?? 1;
