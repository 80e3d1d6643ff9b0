import { parseArgs } from 'node:util';
import { totals } from './record.ts';
import { allTiers } from './tiers.ts';
import type { Tier, TierOutcome } from './tiers.ts';
import type { TestRecord, Totals } from './record.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
const tiers = chosenTiers(positionals);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const tier of tiers) {
  const counts = await runTier(tier);
  sum.passed += counts.passed;
  sum.failed += counts.failed;
  sum.skipped += counts.skipped;
}
console.log(`\n${sentence(sum)}`);
process.exit(sum.failed === 0 ? 0 : 1);

function chosenTiers(names: readonly string[]): Tier[] {
  const tiers = allTiers();
  const unknown = names.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(
      `No tier is called ${unknown.join(', ')}. Tiers: ${tiers.map(({ name }) => name).join(', ')}.`,
    );
    process.exit(2);
  }
  // With a title to look for, the checks have nothing to say.
  const implied = tiers.filter((tier) => values.grep === undefined || tier.name !== 'check');
  return names.length === 0 ? implied : tiers.filter((tier) => names.includes(tier.name));
}

async function runTier(tier: Tier): Promise<Totals> {
  if (tier.run === undefined) return { passed: 0, failed: 0, skipped: 0 };
  const started = performance.now();
  const records = recordsOf(tier, await tier.run({ grep: values.grep }));
  const counts = totals(records);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  for (const record of records) if (record.state === 'failed') printFailure(tier, record);
  const what =
    tier.name === 'check' && counts.failed === 0 ? 'types, lint and format are clean' : sentence(counts);
  console.log(`${tier.name.padEnd(10)} ${what}  (${seconds} s)`);
  return counts;
}

/** A tier that cannot run counts as one skipped test, or as one failure where every tier must run. */
function recordsOf(tier: Tier, { records, cannotRun }: TierOutcome): readonly TestRecord[] {
  if (cannotRun === undefined) return records;
  console.log(`${tier.name}: cannot run here: ${cannotRun}`);
  const required = process.env['UNDERGLASS_ALL_TIERS'] === '1';
  const record: TestRecord = { title: `tier ${tier.name}`, state: required ? 'failed' : 'skipped', ms: 0 };
  const error = `UNDERGLASS_ALL_TIERS=1 asks for every tier. ${cannotRun}`;
  return [...records, required ? { ...record, error } : record];
}

function printFailure(tier: Tier, record: TestRecord): void {
  console.log(`\nFAILED  ${tier.name}: ${record.title}`);
  console.log((record.error ?? '').replaceAll(/^/gmu, '    '));
}

function sentence({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
