import assert from 'node:assert/strict';
import { parseRecords, totals } from '../../../scripts/test/record.ts';

const PASSED = '{"title":"a","state":"passed","ms":1}';
const SKIPPED = '{"title":"b","state":"skipped","ms":0}';
const END = '{"end":true}';

describe('test records', () => {
  const check = (name: string, lines: readonly string[], expected: ReturnType<typeof totals>) => {
    it(name, () => assert.deepEqual(totals(parseRecords(lines.join('\n'))), expected));
  };

  check('counts a finished run', [PASSED, SKIPPED, END, ''], { passed: 1, failed: 0, skipped: 1 });
  check('counts a run that was cut short as a failure', [PASSED], { passed: 1, failed: 1, skipped: 0 });
  check('counts a run that wrote nothing as a failure', [], { passed: 0, failed: 1, skipped: 0 });
});
