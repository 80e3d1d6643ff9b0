/**
 * `npm run zones`: which folder may import which. Prints every import that breaks the table and every unknown folder.
 * Type imports count too: a folder that names another's types depends on it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT, filesBelow } from './test/files.ts';

/** Folders of src/core from the ground up; a folder imports its own rank and those below it. Files directly in core are the ground. */
const CORE_RANKS = [
  ['tensor'],
  ['prompt', 'tokens', 'weights', 'world'],
  ['hub', 'model'],
  ['sae'],
  ['graph'],
  ['trace'],
  ['analysis', 'verify'],
  ['records'],
  ['explain', 'train'],
];

interface Zone {
  readonly folder: string;
  /** Other folders (or single files) that it may import. */
  readonly may: readonly string[];
  /** Folders of which it may import types alone. */
  readonly mayTypes?: readonly string[];
  /** Packages; `node:` stands for Node's own modules. */
  readonly packages: readonly string[];
}

const ZONES: readonly Zone[] = [
  { folder: 'src/core', may: [], packages: ['@huggingface/tokenizers', 'yaml'] },
  { folder: 'src/protocol', may: ['src/core/errors.ts'], mayTypes: ['src/core'], packages: [] },
  {
    folder: 'src/runtime',
    may: ['src/core'],
    packages: [
      'node:',
      'onnxruntime-node',
      '@huggingface/tokenizers',
      'openai',
      'undici',
      'hyparquet',
      'hyparquet-compressors',
    ],
  },
  { folder: 'src/engine', may: ['src/core', 'src/protocol', 'src/runtime'], packages: ['node:'] },
  {
    folder: 'src/host',
    may: [
      'src/protocol',
      'src/core/errors.ts',
      'src/core/percent.ts',
      'src/core/speed.ts',
      'src/core/hub',
      'src/core/prompt',
      'src/core/tokens',
      'src/core/model',
      'src/core/trace',
      'src/core/analysis/measure/manyPrompts.ts',
      'src/core/analysis/measure/promptAverages.ts',
      'src/core/explain/report.ts',
      'src/core/records/family.ts',
      'src/core/records/readings.ts',
      'src/core/records/records.ts',
      'src/core/records/corpus.ts',
      'src/core/verify/markdown.ts',
    ],
    mayTypes: ['src/core'],
    packages: ['node:', 'vscode'],
  },
  {
    folder: 'src/cli',
    may: ['src/core', 'src/runtime', 'src/engine/jobs.ts', 'src/protocol'],
    packages: ['node:'],
  },
  {
    folder: 'webview-ui/src',
    may: ['src/protocol', 'src/core'],
    packages: ['lit', '@vscode-elements/elements', 'chart.js'],
  },
];

/** One import or re-export, as written. */
interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Imports of a TypeScript text: statements, re-exports and `import()` calls. */
export function importsOf(text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s(?<what>[^;'"]*?\sfrom\s)?['"](?<specifier>[^'"]+)['"]/gmu,
  );
  const calls = text.matchAll(/\bimport\(\s*['"](?<specifier>[^'"]+)['"]/gu);
  return [...statements, ...calls].map(({ groups }) => ({
    specifier: groups?.['specifier'] ?? '',
    typeOnly: namesTypesOnly(groups?.['what']),
  }));
}

/** What is wrong with an import, or undefined. `file` and relative specifiers are read from the repository's top. */
export function judge(file: string, { specifier, typeOnly }: Import): string | undefined {
  const zone = ZONES.find(({ folder }) => isInside(file, folder));
  if (zone === undefined) return `${file} lies in no zone: add its folder to scripts/zones.ts`;
  if (!specifier.startsWith('.')) return judgePackage(file, zone, specifier);
  const target = path.posix.join(path.posix.dirname(file), specifier);
  if (isInside(target, zone.folder)) return zone.folder === 'src/core' ? judgeCore(file, target) : undefined;
  const allowed = typeOnly ? [...zone.may, ...(zone.mayTypes ?? [])] : zone.may;
  if (allowed.some((folder) => isInside(target, folder))) return undefined;
  return `${file} imports ${target}: ${zone.folder} may import ${list(allowed)}`;
}

function judgePackage(file: string, zone: Zone, specifier: string): string | undefined {
  const name = isBuiltin(specifier) ? 'node:' : packageName(specifier);
  if (zone.packages.includes(name)) return undefined;
  return `${file} imports ${specifier}: ${zone.folder} may use ${list(zone.packages)}`;
}

function judgeCore(file: string, target: string): string | undefined {
  const from = rankOf(file);
  const to = rankOf(target);
  if (from === undefined || to === undefined) {
    return `${from === undefined ? file : target} lies in no rank of core: add its folder to scripts/zones.ts`;
  }
  if (to <= from) return undefined;
  return `${file} imports ${target}, which stands above it: ${CORE_RANKS.map((rank) => rank.join(', ')).join(' < ')}`;
}

/** 0 for files directly in core, then 1 for the lowest folders; undefined for an unknown folder. */
function rankOf(file: string): number | undefined {
  const [folder, ...rest] = file.slice('src/core/'.length).split('/');
  if (rest.length === 0) return 0;
  const rank = CORE_RANKS.findIndex((names) => names.includes(folder ?? ''));
  return rank < 0 ? undefined : rank + 1;
}

function namesTypesOnly(what: string | undefined): boolean {
  if (what === undefined) return false;
  if (/^type\s/u.test(what)) return true;
  const names = /^\{(?<names>[^}]*)\}/u.exec(what.trim())?.groups?.['names'];
  return names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
}

function isInside(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing else' : names.join(', ');
}

function main(): void {
  const files = ['src', 'webview-ui/src'].flatMap((folder) =>
    filesBelow(folder, (name) => name.endsWith('.ts')),
  );
  const found = files.flatMap((file) => {
    const imports = importsOf(readFileSync(path.join(ROOT, file), 'utf8'));
    return imports.flatMap((entry) => judge(file, entry) ?? []);
  });
  for (const problem of found) console.error(problem);
  if (found.length > 0) process.exitCode = 1;
}

if (existsSync(process.argv[1] ?? '') && import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  main();
