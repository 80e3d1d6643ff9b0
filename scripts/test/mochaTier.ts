import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from './childProcess.ts';
import { GREP_VARIABLE, RESULTS_VARIABLE, parseRecords } from './record.ts';
import type { TestRecord } from './record.ts';

const LINES_OF_A_CRASH = 30;

export interface MochaTierOptions {
  /** Script and arguments for Node; it must write its results as record.ts says. */
  readonly args: readonly string[];
  readonly grep: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutSeconds: number;
}

/** Runs one mocha process under a watchdog and returns what its tests did. */
export async function runMochaTier(options: MochaTierOptions): Promise<TestRecord[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'underglass-test-'));
  const results = path.join(folder, 'results.jsonl');
  try {
    const { code, output, timedOut } = await runProcess({
      command: process.execPath,
      args: options.args,
      env: {
        ...options.env,
        [RESULTS_VARIABLE]: results,
        ...(options.grep === undefined ? {} : { [GREP_VARIABLE]: options.grep }),
      },
      timeoutMs: options.timeoutSeconds * 1000,
      output: 'capture',
    });
    const text = existsSync(results) ? readFileSync(results, 'utf8') : '';
    const records = parseRecords(text, whyCut({ timedOut, output, seconds: options.timeoutSeconds }));
    // Green tests in a run that failed: the host itself complains, for example of a request that left the machine.
    const unexplained = code !== 0 && !records.some(({ state }) => state === 'failed');
    if (unexplained)
      records.push({ title: 'the run as a whole', state: 'failed', ms: 0, error: lastLines(output) });
    if (process.env['VERBOSE'] !== undefined || records.some(({ state }) => state === 'failed'))
      process.stdout.write(output);
    return records;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function whyCut({
  timedOut,
  output,
  seconds,
}: {
  timedOut: boolean;
  output: string;
  seconds: number;
}): string {
  if (timedOut) return `Not done after ${seconds} s: ended by the watchdog.`;
  return `The process ended before all its tests had run.\n${lastLines(output)}`;
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-LINES_OF_A_CRASH).join('\n');
}
