/** What one test did; one line of JSON in a results file. */
export interface TestRecord {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly ms: number;
  /** Stack or message, when it failed. */
  readonly error?: string;
  /** The test's file, when there is one. */
  readonly file?: string;
}

/** Last line of a results file: without it the run ended before its tests did. */
export interface EndRecord {
  readonly end: true;
}

/** Name of the environment variable that tells a mocha run where to write its results. */
export const RESULTS_VARIABLE = 'UNDERGLASS_TEST_RESULTS';

/** Name of the environment variable with the expression that titles must match. */
export const GREP_VARIABLE = 'UNDERGLASS_TEST_GREP';

/**
 * Reads a results file. A run that was cut short has a failed record of its own at the end,
 * so that the tests that never ran cannot be taken for green ones.
 */
export function parseRecords(
  text: string,
  whyCut = 'The run ended before all its tests had run.',
): TestRecord[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const entries = lines.map((line) => JSON.parse(line) as TestRecord | EndRecord);
  const records = entries.filter((entry): entry is TestRecord => !('end' in entry));
  if (entries.some((entry) => 'end' in entry)) return records;
  return [...records, { title: 'the run as a whole', state: 'failed', ms: 0, error: whyCut }];
}

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function totals(records: readonly TestRecord[]): Totals {
  const count = (state: TestRecord['state']) => records.filter((record) => record.state === state).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}
