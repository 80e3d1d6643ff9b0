import assert from 'node:assert/strict';
import { mapNode, positionMap } from '../../../../../src/core/analysis/nodes/alignNodes.ts';
import { formatNode, parseNode } from '../../../../../src/core/trace/node.ts';

describe('nodes at the other side', () => {
  const alignment = [0, 1, null, 4];
  const cases: readonly (readonly [string, 'toRight' | 'toLeft', string | null])[] = [
    ['E@3', 'toRight', 'E@4'],
    ['E@2', 'toRight', null],
    ['E@7', 'toRight', null],
    ['L2H1@3->1', 'toRight', 'L2H1@4->1'],
    ['L2H1@3->2', 'toRight', null],
    ['L2H1@4->4', 'toLeft', 'L2H1@3->3'],
    ['L5N7@2', 'toLeft', null],
    ['3-res/4@1', 'toLeft', '3-res/4@1'],
    ['L3.b_O@4', 'toLeft', 'L3.b_O@3'],
  ];
  for (const [name, way, expected] of cases) {
    it(`${name} ${way}`, () => {
      const mapped = mapNode(parseNode(name), positionMap(4, alignment)[way]);
      assert.equal(mapped && formatNode(mapped), expected);
    });
  }

  it('without an alignment positions are the same, and ones beyond the left side have none', () => {
    const map = positionMap(3, null);
    assert.deepEqual([map.toRight(2), map.toLeft(2), map.toLeft(3)], [2, 2, null]);
  });
});
