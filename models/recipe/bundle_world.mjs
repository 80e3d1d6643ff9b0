// Bundles the TypeScript generator (src/core/world) into one module that plain Node can import.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  stdin: {
    contents: `
      export { generateDocument, documents, WORLD_KINDS } from './generate.ts';
      export { labelTokens } from './labelTokens.ts';
      export { CONCEPTS } from './concepts.ts';
      export { NAMES, FEMALE_NAMES, MALE_NAMES } from './lexicon/names.ts';
      export { COUNTRIES, LANGUAGES } from './lexicon/geography.ts';
      export * as words from './lexicon/words.ts';`,
    resolveDir: here('../../src/core/world'),
    loader: 'ts',
  },
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  outfile: process.argv[2] ?? 'work/world.mjs',
});
