/**
 * `npm test`: sets up what is missing, builds, runs the tiers and prints `N passed, N failed, N skipped` last.
 *   npm test                        every tier
 *   npm test -- unit engine         these tiers: check, unit, engine, cli, webview, extension
 *   npm test -- --grep attention    only tests whose title matches
 *   UNDERGLASS_ALL_TIERS=1          a tier that cannot run here is a failure
 */
import { buildAll, ensurePackages, requireNode, runTypeScript } from './bootstrap.mjs';

requireNode();
await ensurePackages();
await buildAll(['--tests']);
process.exitCode = await runTypeScript('scripts/test/main.ts', process.argv.slice(2));
