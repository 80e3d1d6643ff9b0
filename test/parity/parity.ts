/**
 * `npm run parity [-- --seed N] [small medium xl saes]`: Underglass beside Hugging Face transformers, TransformerLens and
 * SAELens, all on the same random weights: logits, every hook, gradients, SAEs. Prints tables; exit code 1 when a
 * target is missed. Needs the Python packages of test/golden/recipes/requirements.txt, see test/support/python.ts, and
 * about 12 GB of memory for the widest model.
 */
import { parseArgs } from 'node:util';
import { findPython } from '../support/python.ts';
import { withTemporaryFolder } from '../support/temporaryFolder.ts';
import { modelParity } from './models.ts';
import { saeParity } from './saes.ts';
import { isMiss, printComparisons, type Comparison } from './table.ts';

const PARTS = ['small', 'medium', 'xl', 'saes'] as const;

const { values, positionals } = parseArgs({
  options: { seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const seed = Number(values.seed);
const found = findPython();
if ('missing' in found) console.log(`skipped: ${found.missing}`);
else {
  const all: Comparison[] = [];
  const run = (
    compare: (
      folder: string,
    ) => Promise<{ readonly title: string; readonly comparisons: readonly Comparison[] }>,
  ): Promise<void> =>
    withTemporaryFolder(async (folder) => {
      const { title, comparisons } = await compare(folder);
      printComparisons(title, comparisons);
      all.push(...comparisons);
    });
  const parts = PARTS.filter((part) => positionals.length === 0 || positionals.includes(part));
  for (const part of parts)
    await run((folder) =>
      part === 'saes'
        ? saeParity(found.python, folder, seed)
        : modelParity(found.python, folder, { shape: part, seed: seed + PARTS.indexOf(part) }),
    );
  const missed = all.filter(isMiss).length;
  console.log(`\n${all.length - missed} of ${all.length} comparisons met their targets.`);
  process.exitCode = missed > 0 ? 1 : 0;
}
