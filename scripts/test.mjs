/**
 * `npm test`: sets up what is missing, builds, runs the tiers and prints `N passed, N failed, N skipped` last.
 *   npm test                        every tier
 *   npm test -- unit engine         these tiers: check, unit, engine, cli, webview, extension
 *   npm test -- --grep attention    only tests whose title matches
 *   UNDERGLASS_ALL_TIERS=1          a tier that cannot run here is a failure
 *   VERBOSE=1                       every test by name, the time of each phase of the VS Code host
 */
import { buildAll, ensurePackages, requireNode, runTypeScript } from './bootstrap.mjs';

// A set-up that fails is a failure of the run, and its last line says so too.
const countSetUp = () => console.log('\n0 passed, 1 failed, 0 skipped');
process.once('exit', countSetUp);
requireNode();
await ensurePackages();
await buildAll(['--tests']);
process.off('exit', countSetUp);
process.exitCode = await runTypeScript('scripts/test/main.ts', process.argv.slice(2));
