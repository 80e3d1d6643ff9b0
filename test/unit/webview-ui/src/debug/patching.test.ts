import assert from 'node:assert/strict';
import type { PatchResult } from '../../../../../src/protocol/debugContract.ts';
import {
  correlationOf,
  patchEdit,
  patchMap,
  patchParts,
} from '../../../../../webview-ui/src/debug/patching.ts';

const TOKENS = [' a', ' b', ' a'].map((text) => ({ text }));

function result(measured: PatchResult['measured'], estimated = measured): PatchResult {
  return { measured, estimated };
}

describe('patching maps', () => {
  it('by token: a row per layer, the last on top, empty where nothing is known yet', () => {
    const plan = patchParts('resid_pre', [0, 1], { byPosition: false });
    const first = plan[0];
    assert.ok(first && first.byPosition);
    const map = patchMap(
      [{ part: first, result: result([[0.1, null, 1]]) }],
      plan,
      { columns: 3, heads: 2 },
      'measured',
    );
    assert.deepEqual(map, {
      rowLabels: ['1', '0'],
      values: [
        [null, null, null],
        [0.1, null, 1],
      ],
    });
  });

  it('by head: a row per layer and a column per head', () => {
    const plan = patchParts('q', [0], { byPosition: false });
    const [part] = plan;
    assert.ok(part);
    const map = patchMap(
      [{ part, result: result([[0.5], [0.7]]) }],
      plan,
      { columns: 2, heads: 2 },
      'measured',
    );
    assert.deepEqual(map, { rowLabels: ['0'], values: [[0.5, 0.7]] });
  });

  it('by head and token: a row per head of the layer', () => {
    const plan = patchParts('z', [3], { byPosition: true });
    const map = patchMap([], plan, { columns: 3, heads: 2 }, 'measured');
    assert.deepEqual(map.rowLabels, ['L3H0', 'L3H1']);
    assert.deepEqual(map.values[1], [null, null, null]);
  });

  it('a cell is written as an edit that outlives a change of the text', () => {
    const check = (cell: Parameters<typeof patchEdit>[0], expected: string): void =>
      assert.equal(patchEdit(cell, TOKENS), expected);
    check({ hook: 'resid_pre', layer: 3, head: null, position: 2 }, 'L3.resid_pre@" a"#2 from corrupted');
    check({ hook: 'q', layer: 1, head: 4, position: null }, 'L1H4.q@* from corrupted');
    check({ hook: 'z', layer: 1, head: 4, position: 1 }, 'L1H4.z@" b"#1 from corrupted');
  });

  it('correlates what is known of both', () => {
    const check = (measured: PatchResult['measured'], estimated: PatchResult['measured']): number | null =>
      correlationOf([{ result: { measured, estimated } }])?.r ?? null;
    assert.equal(check([[0, 1, 2, null]], [[1, 3, 5, 9]]), 1);
    assert.equal(check([[0, 1, 2]], [[2, 1, 0]]), -1);
    assert.equal(check([[0, 1]], [[2, 1]]), null);
    assert.equal(check([[1, 1, 1]], [[2, 1, 0]]), null);
  });
});
