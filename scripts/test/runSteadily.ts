import type { TestRecord } from './record.ts';

/** Runs of a file until it is called broken. */
const TRIES = 3;

/**
 * Runs files that drive a browser. A file with failures is run again from its beginning, in a process and a browser of
 * its own: tests of one file build on each other, so that a single one has nothing to start from. What failed at first
 * is printed, so that nobody takes it for a steady one.
 */
export async function runSteadily(
  files: readonly string[],
  run: (files: readonly string[]) => Promise<readonly TestRecord[]>,
  print: (line: string) => void = console.log,
): Promise<TestRecord[]> {
  let records = [...(await run(files))];
  for (let attempt = 2; attempt <= TRIES; attempt++) {
    const failed = records.filter(({ state }) => state === 'failed');
    if (failed.length === 0) break;
    const again = filesOf(failed, files);
    print(`\nTRY ${attempt}  ${again.join(', ')}: run again, because of`);
    for (const { title, error } of failed) print(`    ${title}\n${firstLines(error ?? '')}`);
    const fresh = await run(again);
    const isAll = again.length === files.length;
    const kept = isAll ? [] : records.filter(({ file }) => !isOneOf(again, file));
    records = [...kept, ...fresh];
  }
  return records;
}

/** All of them, when a failure is of none: a process that broke, say. */
function filesOf(failed: readonly TestRecord[], files: readonly string[]): readonly string[] {
  if (failed.some(({ file }) => !isOneOf(files, file))) return files;
  return files.filter((name) => failed.some(({ file }) => file === name));
}

function isOneOf(files: readonly string[], file: string | undefined): boolean {
  return file !== undefined && files.includes(file);
}

function firstLines(error: string): string {
  return error.split('\n').slice(0, 8).join('\n').replaceAll(/^/gmu, '        ');
}
