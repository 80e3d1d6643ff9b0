import assert from 'node:assert/strict';
import type { TestRecord } from '../../../scripts/test/record.ts';
import { runSteadily } from '../../../scripts/test/runSteadily.ts';

const FILES = ['a.test.ts', 'b.test.ts'];

/** Outcome of each test in each run, as `file: state`. */
type Runs = readonly (readonly string[])[];

describe('a run of files that drive a browser', () => {
  const check = (
    name: string,
    runs: Runs,
    expected: { asked: Runs; states: readonly string[] },
  ): Mocha.Test =>
    it(name, async () => {
      const asked: string[][] = [];
      const printed: string[] = [];
      const records = await runSteadily(
        FILES,
        async (files) => {
          asked.push([...files]);
          return (runs[asked.length - 1] ?? []).map(recordOf);
        },
        (line) => void printed.push(line),
      );
      assert.deepEqual(asked, expected.asked);
      assert.deepEqual(
        records.map(({ file, state }) => `${file ?? ''}: ${state}`),
        expected.states,
      );
      assert.equal(printed.filter((line) => line.includes('TRY')).length, asked.length - 1);
    });

  check('that is green is done', [['a: passed', 'b: passed']], {
    asked: [FILES],
    states: ['a.test.ts: passed', 'b.test.ts: passed'],
  });
  check(
    'runs the whole file of a failure again, and no other',
    [
      ['a: failed', 'a: passed', 'b: passed'],
      ['a: passed', 'a: passed'],
    ],
    {
      asked: [FILES, ['a.test.ts']],
      states: ['b.test.ts: passed', 'a.test.ts: passed', 'a.test.ts: passed'],
    },
  );
  check(
    'runs all again when a failure is of no file',
    [
      ['a: passed', ': failed'],
      ['a: passed', 'b: passed'],
    ],
    {
      asked: [FILES, FILES],
      states: ['a.test.ts: passed', 'b.test.ts: passed'],
    },
  );
  check('calls a file broken that fails three times', [['b: failed'], ['b: failed'], ['b: failed']], {
    asked: [FILES, ['b.test.ts'], ['b.test.ts']],
    states: ['b.test.ts: failed'],
  });
});

function recordOf(text: string): TestRecord {
  const [name = '', state = ''] = text.split(': ');
  const file = name === '' ? {} : { file: `${name}.test.ts` };
  return { title: text, state: state as TestRecord['state'], ms: 0, ...file };
}
