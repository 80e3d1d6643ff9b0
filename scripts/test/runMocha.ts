import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { ROOT } from './files.ts';
import type { EndRecord, TestRecord } from './record.ts';

export interface MochaOptions {
  readonly files: readonly string[];
  /** Where each test is written as it ends, see record.ts. */
  readonly results: string;
  readonly grep?: string | undefined;
  readonly timeoutMs: number;
  /** CommonJS files (inside VS Code) are loaded by require, all others by import. */
  readonly load: 'require' | 'import';
  /** Prints every test as it ends, not only the failures. */
  readonly verbose: boolean;
}

/** Runs test files in this process. Resolves to the number of failures. */
export async function runMocha(options: MochaOptions): Promise<number> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: options.timeoutMs,
    reporter: options.verbose ? 'spec' : silent,
    forbidOnly: process.env['CI'] !== undefined,
    ...(options.grep === undefined ? {} : { grep: new RegExp(options.grep, 'u') }),
  });
  for (const file of options.files) mocha.addFile(file);
  writeFileSync(options.results, '');
  if (options.load === 'import') await mocha.loadFilesAsync();
  const failures = await new Promise<number>((resolve) => {
    record(mocha.run(resolve), options.results);
  });
  write(options.results, { end: true });
  return failures;
}

/** A mocha reporter that prints nothing: the parent process prints from the results file. */
class silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

function record(runner: Mocha.Runner, results: string): void {
  const add = (test: Mocha.Runnable, state: TestRecord['state'], error?: unknown) => {
    const file = test.file ?? test.parent?.file;
    write(results, {
      ...{ title: test.fullTitle(), state, ms: test.duration ?? 0 },
      ...(error === undefined ? {} : { error: describe(error) }),
      ...(file === undefined ? {} : { file: path.relative(ROOT, file) }),
    });
  };
  runner.on('pass', (test) => add(test, 'passed'));
  runner.on('pending', (test) => add(test, 'skipped'));
  runner.on('fail', (test, error: unknown) => add(test, 'failed', error));
}

function write(file: string, entry: TestRecord | EndRecord): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const difference = 'actual' in error && 'expected' in error ? Mocha.reporters.Base.generateDiff : undefined;
  const text = error.stack ?? error.message;
  if (difference === undefined || 'generatedMessage' in error) return text;
  const { actual, expected } = error as Error & { actual: unknown; expected: unknown };
  return `${text}\n${difference(String(actual), String(expected))}`;
}
