import assert from 'node:assert/strict';
import type { NodeRow } from '../../../../../src/core/analysis/nodes/nodeRows.ts';
import {
  averageTables,
  bothEnds,
  labelsOf,
} from '../../../../../src/core/analysis/measure/promptAverages.ts';
import { formatNode, type Node } from '../../../../../src/core/trace/node.ts';

function row(node: Node, directEffect: number): NodeRow {
  const left = { activation: 0.5, writeMagnitude: 2, directEffect, estimatedTotalEffect: 2 * directEffect };
  return { name: formatNode(node), node, left, right: null, known: null, attributedTo: null };
}

describe('averages of node tables', () => {
  const head = (position: number, source: number): Node => ({
    kind: 'head',
    layer: 1,
    head: 0,
    position,
    source,
  });
  const tables = [
    { prompt: 'a', rows: [row(head(4, 1), 1), row(head(4, 2), 2)], value: 3, last: 4, position: 4 },
    {
      prompt: 'b',
      rows: [row(head(2, 1), 5), row({ kind: 'embedding', position: 0 }, 1)],
      value: 5,
      last: 2,
      position: 2,
    },
  ];
  const { value, columns } = averageTables(tables);

  it('sum the invocations of a component at the last token, and take what is absent for 0', () => {
    assert.deepEqual(
      columns.directEffect.map(({ key, mean, each }) => [key, mean, each]),
      [
        ['L1H0@last', 4, [3, 5]],
        ['E@*', 0.5, [null, 1]],
      ],
    );
    assert.equal(columns.estimatedTotalEffect[0]?.mean, 8);
  });

  it('leave out what has no activation', () => {
    const activation = new Map(columns.activation.map(({ key, count, mean }) => [key, [count, mean]]));
    assert.deepEqual(activation.get('E@*'), [1, 0.5]);
  });

  it('have the mean of the scalar with its interval', () => {
    assert.equal(value.mean, 4);
    assert.ok((value.low ?? 0) < 3 && (value.high ?? 0) > 5);
  });

  it('label the last token and the one that is read', () => {
    const label = labelsOf({ last: 4, position: 2 });
    assert.deepEqual([0, 2, 4].map(label), [null, 'position', 'last']);
  });

  it('show both ends of long lists', () => {
    assert.deepEqual(bothEnds([5, 4, 3, 2, 1], 2), [5, 4, 2, 1]);
    assert.deepEqual(bothEnds([5, 4, 3], 2), [5, 4, 3]);
  });
});
