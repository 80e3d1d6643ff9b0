/**
 * The only build script: every bundle of Underglass is named in this file.
 *   node esbuild.mjs            what the extension, the engine, the CLI and the pages need -> dist/
 *   node esbuild.mjs --tests    also the tests that run inside VS Code and the test pages -> out/
 *   node esbuild.mjs --release  minified, without source maps
 *   node esbuild.mjs --watch    builds again on every change
 */
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build, context } from 'esbuild';

process.chdir(import.meta.dirname);
const flags = new Set(process.argv.slice(2));
const release = flags.has('--release');
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const common = {
  bundle: true,
  logLevel: 'warning',
  sourcemap: release ? false : 'linked',
  minify: release,
  legalComments: 'none',
  define: {
    'process.env.UNDERGLASS_VERSION': JSON.stringify(version),
  },
};

/** `import.meta` is empty in CommonJS output; these keep it working as in the sources. */
const commonJs = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: {
    ...common.define,
    'import.meta.url': 'importMetaUrl',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
};

/** What the engine loads only when it is asked for it: files of their own, so that their text takes no memory before. */
const LAZY = ['undici', 'openai', 'hyparquet', 'hyparquet-compressors'];

/** Imports of such a package are calls of its file. */
const lazyFiles = {
  name: 'lazy files',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${LAZY.join('|')})$`) }, ({ path: name, kind }) =>
      kind === 'dynamic-import' ? { path: `./lazy/${name}.cjs`, external: true } : undefined,
    );
  },
};

/**
 * The shell runs it by the first line, which sets the allocator as src/core/speed.ts does for the engine process: it is
 * read when a process starts, and this one is the engine. CommonJS packages inside it still find their `require`.
 */
const commandLine = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  banner: {
    js: [
      '#!/usr/bin/env -S MALLOC_MMAP_THRESHOLD_=4194304 node',
      "import { createRequire as makeRequire } from 'node:module';",
      'const require = makeRequire(import.meta.url);',
    ].join('\n'),
  },
};

const page = {
  ...common,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  define: { ...common.define, 'process.env.NODE_ENV': '"production"' },
  // The whole page travels to VS Code as one text each time one opens, so it is short in every build.
  minify: !flags.has('--watch'),
  // A page asks for no file, see src/host/panels/pageHtml.ts.
  loader: { '.ttf': 'dataurl' },
};

function product() {
  return [
    {
      ...commonJs,
      entryPoints: ['src/host/extension.ts'],
      outfile: 'dist/extension.cjs',
      external: ['vscode'],
    },
    {
      ...commonJs,
      entryPoints: ['src/engine/main.ts'],
      outfile: 'dist/engine.cjs',
      external: ['onnxruntime-node'],
      plugins: [lazyFiles],
      // import() becomes require(), which knows the names that a bundle exports.
      supported: { 'dynamic-import': false },
    },
    { ...commonJs, entryPoints: LAZY, outdir: 'dist/lazy', outExtension: { '.js': '.cjs' } },
    {
      ...commandLine,
      entryPoints: ['src/cli/main.ts'],
      outfile: 'dist/cli.mjs',
      external: ['onnxruntime-node'],
    },
    { ...page, entryPoints: ['webview-ui/src/trace/main.ts'], outfile: 'dist/webview/trace.js' },
    { ...page, entryPoints: ['webview-ui/src/debug/main.ts'], outfile: 'dist/webview/debug.js' },
    { ...page, entryPoints: ['webview-ui/src/many/main.ts'], outfile: 'dist/webview/many.js' },
    { ...page, entryPoints: ['webview-ui/src/unit/main.ts'], outfile: 'dist/webview/unit.js' },
    { ...page, entryPoints: ['webview-ui/src/browser/main.ts'], outfile: 'dist/webview/browser.js' },
    { ...page, entryPoints: ['webview-ui/src/report/main.ts'], outfile: 'dist/webview/report.js' },
  ];
}

function tests() {
  const insideHost = filesBelow('test/extension', (name) => /(?<!\.ui)\.test\.ts$/.test(name));
  const pages = filesBelow('test/webview', (name) => name.endsWith('.page.ts'));
  return [
    {
      ...commonJs,
      entryPoints: ['test/extension/index.ts', ...insideHost],
      outdir: 'out/test/extension',
      outbase: 'test/extension',
      outExtension: { '.js': '.cjs' },
      // The CommonJS half of mocha: inside VS Code it is reached by require.
      alias: { mocha: 'mocha/lib/mocha.cjs' },
      external: ['vscode', 'mocha/lib/mocha.cjs', 'onnxruntime-node'],
    },
    { ...page, entryPoints: pages, outdir: 'out/test/webview', outbase: 'test/webview' },
  ];
}

function filesBelow(folder, accept) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true }).filter((name) => accept(name));
  return names.map((name) => path.join(folder, name)).sort();
}

/** A test that was deleted or renamed must not run from an earlier build. */
function removeStaleTests() {
  for (const built of filesBelow('out/test/extension', (name) => name.endsWith('.test.cjs'))) {
    const source = built.replace(/^out./, '').replace(/\.cjs$/, '.ts');
    if (!existsSync(source)) rmSync(built);
  }
}

const started = performance.now();
if (flags.has('--tests')) removeStaleTests();
const bundles = [...product(), ...(flags.has('--tests') ? tests() : [])];
if (flags.has('--watch')) {
  for (const bundle of bundles) await (await context({ ...bundle, logLevel: 'info' })).watch();
} else {
  // esbuild has printed what is wrong.
  await Promise.all(bundles.map((bundle) => build(bundle))).catch(() => process.exit(1));
  if (existsSync('dist/cli.mjs')) chmodSync('dist/cli.mjs', 0o755);
  console.log(`build: ${bundles.length} bundles in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
