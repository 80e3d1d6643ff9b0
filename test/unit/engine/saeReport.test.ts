import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readReportedL0 } from '../../../src/engine/saeReport.ts';

describe("a SAE's report", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'underglass-report-'))));
  after(() => rm(folder, { recursive: true }));

  let files = 0;
  const check = (text: string | null, expected: number | null): void => {
    it(`${text ?? 'that is not there'} states ${expected ?? 'no L0'}`, async () => {
      const file = path.join(folder, `${files++}.json`);
      if (text !== null) await writeFile(file, text);
      assert.equal(await readReportedL0(file), expected);
    });
  };
  check('{"l0": 24, "dead_share": 0.01}', 24);
  check('{"l0": 0}', 0);
  check('{"l0": "24"}', null);
  check('{"l0": -1}', null);
  check('{}', null);
  check('[1]', null);
  check('null', null);
  check('no JSON', null);
  check(null, null);
});
