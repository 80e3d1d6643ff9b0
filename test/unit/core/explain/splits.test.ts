import assert from 'node:assert/strict';
import { isInterpError } from '../../../../src/core/errors.ts';
import type { ExplainedRecord } from '../../../../src/core/explain/parts.ts';
import { splitRecords } from '../../../../src/core/explain/splits.ts';
import { recordOf } from './support.ts';

const TOP = 1000;

function records(set: 'top' | 'random', count: number, first = set === 'top' ? TOP : 0): ExplainedRecord[] {
  return Array.from({ length: count }, (_, index) => recordOf(['a'], [1], { set, sequence: first + index }));
}

/** `t3` = top record of rank 3, `r2` = random record number 2. */
function names(split: readonly ExplainedRecord[]): string {
  return split.map(({ set, sequence }) => (set === 'top' ? `t${sequence - TOP}` : `r${sequence}`)).join(' ');
}

describe('B2: splits of records', () => {
  const check = (top: number, random: number, expected: Record<string, string | number | boolean>): void => {
    it(`${top} top and ${random} random records`, () => {
      const splits = splitRecords({ top: records('top', top), random: records('random', random) });
      assert.deepEqual(
        {
          train: names(splits.train),
          calibration: names(splits.calibration),
          valid: names(splits.valid),
          test: names(splits.test),
          contrast: names(splits.contrast),
          perSplit: splits.perSplit,
          noted: splits.note !== null,
        },
        expected,
      );
    });
  };
  const FULL = {
    train: 't0 t4 t8 t12 t16',
    calibration: 't1 t5 t9 t13 t17 r0 r3 r6 r9 r12',
    valid: 't2 t6 t10 t14 t18 r1 r4 r7 r10 r13',
    test: 't3 t7 t11 t15 t19 r2 r5 r8 r11 r14',
    contrast: '',
    perSplit: 5,
    noted: false,
  };
  check(20, 15, FULL);
  check(20, 17, { ...FULL, contrast: 'r15 r16' });
  check(23, 20, { ...FULL, contrast: 'r15 r16 r17 r18 r19' });
  check(23, 40, { ...FULL, contrast: 'r15 r16 r17 r18 r19' });
  check(11, 20, {
    train: 't0 t4',
    calibration: 't1 t5 r0 r3',
    valid: 't2 t6 r1 r4',
    test: 't3 t7 r2 r5',
    contrast: 'r6 r7',
    perSplit: 2,
    noted: true,
  });

  const refuse = (top: number, random: number, atLeast: number): void => {
    it(`refuses ${top} top and ${random} random records for splits of ${atLeast}`, () => {
      assert.throws(
        () => splitRecords({ top: records('top', top), random: records('random', random) }, { atLeast }),
        (error) =>
          isInterpError(error, 'explain/too-few-records') &&
          error.data['top'] === top &&
          error.data['random'] === random &&
          error.data['needTop'] === 4 * atLeast &&
          error.data['needRandom'] === 3 * atLeast,
      );
    });
  };
  refuse(19, 20, 5);
  refuse(20, 14, 5);
  refuse(7, 20, 2);
  refuse(20, 5, 2);

  it('deals out no window twice', () => {
    const top = [...records('top', 20), ...records('top', 1)];
    const random = [...records('random', 1, TOP + 3), ...records('random', 20)];
    const splits = splitRecords({ top, random });
    const all = [...splits.train, ...splits.calibration, ...splits.valid, ...splits.test, ...splits.contrast];
    assert.equal(all.length, 5 + 10 + 10 + 10 + 5);
    assert.equal(new Set(all.map(({ sequence }) => sequence)).size, all.length);
    assert.equal(names(splits.test), FULL.test);
  });
});
