import assert from 'node:assert/strict';
import type { ExplanationRecord, ListedExplanation } from '../../../../../src/core/explain/explanation.ts';
import type { ExampleGroup } from '../../../../../src/core/records/readings.ts';
import { mergeColumns } from '../../../../../webview-ui/src/unit/mergeColumns.ts';
import { bestExplanation, densityText } from '../../../../../webview-ui/src/unit/figures.ts';
import { joinGroups, shownOf } from '../../../../../webview-ui/src/unit/groups.ts';
import { readPersistedUnit } from '../../../../../webview-ui/src/unit/persisted.ts';

function listed(
  id: string,
  score: number | null,
  more: Partial<ExplanationRecord> & { stale?: string } = {},
): ListedExplanation {
  const { stale = null, ...record } = more;
  return {
    record: { id, score, simulatorKind: 'words', ...record } as ExplanationRecord,
    stale,
    hasDetail: false,
  };
}

describe('figures of a unit page', () => {
  it('densities in words', () => {
    const check = (density: number, expected: string): void =>
      assert.equal(densityText(density).replaceAll('\u00a0', ' '), expected);
    check(0, '0 %');
    check(0.0121, '1.2 %');
    check(0.00012, '120 per million');
    check(2e-6, '2.0 per million');
  });

  it('the best words: fresh before stale, scored before not, never a pattern before words', () => {
    const check = (all: readonly ListedExplanation[], expected: string | null): void =>
      assert.equal(bestExplanation(all)?.record.id ?? null, expected);
    check([], null);
    check([listed('a', 0.3), listed('b', 0.6)], 'b');
    check([listed('a', 0.9, { stale: 'old' }), listed('b', 0.1)], 'b');
    check([listed('a', null), listed('b', -0.2)], 'b');
    check([listed('a', 0.9, { simulatorKind: 'pattern' }), listed('b', null)], 'b');
  });

  it('windows are put behind those that are there, once each', () => {
    const group = (...sequences: readonly number[]): ExampleGroup =>
      ({
        set: 'top',
        title: 't',
        total: 9,
        examples: sequences.map((sequence) => ({ sequence })),
      }) as unknown as ExampleGroup;
    const joined = joinGroups([group(1, 2)], [group(2, 3)]);
    assert.deepEqual(
      joined[0]?.examples.map(({ sequence }) => sequence),
      [1, 2, 3],
    );
    assert.equal(shownOf([group(1), group(4, 5)]), 2);
    assert.equal(shownOf([]), 0);
  });

  it('columns are put together until there are few enough, and no count is lost', () => {
    const counts = Array.from({ length: 130 }, (_, i) => i);
    const merged = mergeColumns({ min: 0, width: 0.2, counts });
    assert.equal(merged.counts.length, 44);
    assert.ok(Math.abs(merged.width - 0.6) < 1e-9);
    assert.equal(
      merged.counts.reduce((sum, count) => sum + count, 0),
      counts.reduce((sum, count) => sum + count, 0),
    );
  });

  it('what a page kept is taken only in its own form', () => {
    assert.equal(readPersistedUnit(null), null);
    assert.equal(readPersistedUnit({ version: 2, unit: 'L1N1' }), null);
    assert.deepEqual(readPersistedUnit({ version: 1, unit: 'L1N1', tab: 3, words: 'w', guess: 'yes' }), {
      version: 1,
      model: null,
      unit: 'L1N1',
      tab: null,
      test: '',
      words: 'w',
      explanation: null,
      guess: false,
    });
  });
});
