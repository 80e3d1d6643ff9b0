import assert from 'node:assert/strict';
import type { NodeMetrics, NodeRow } from '../../../../src/core/analysis/nodes/nodeRows.ts';
import { formatNode, type Node } from '../../../../src/core/trace/node.ts';
import {
  columnsOf,
  meanRows,
  sweepMeans,
  valueIn,
  type PromptNumbers,
} from '../../../../src/host/many/means.ts';

const AT = { last: 4, position: 4 };
const HEAD = { kind: 'head', layer: 1, head: 2, position: 4 } as const;

describe('means over prompts', () => {
  it('sum the pairs of a head, count what is absent as no effect, and leave out activations that are not there', () => {
    const one = prompt([row({ ...HEAD, source: 0 }, 1), row({ ...HEAD, source: 3 }, 2)]);
    const two = prompt([row({ kind: 'neuron', layer: 0, neuron: 7, position: 4 }, 5)]);
    const rows = new Map(meanRows([one, two]).map((mean) => [mean.key, mean]));
    const head = rows.get('L1H2@last');
    assert.deepEqual([head?.kind, head?.layer], ['head', 1]);
    const { directEffect, activation, measured } = head?.cells ?? {};
    assert.deepEqual([directEffect?.mean, directEffect?.count], [1.5, 2]);
    assert.deepEqual([activation?.mean, activation?.count, activation?.low], [2, 1, null]);
    assert.equal(measured, null);
    assert.equal(rows.get('L0N7@last')?.cells.directEffect?.mean, 2.5);
  });

  it('of a sweep stand beside the estimate where both are about the last token', () => {
    const rows = [row({ ...HEAD, source: 0 }, 1), row({ ...HEAD, position: 1, source: 0 }, 1)];
    const swept = prompt(rows, [
      ['L1H2@last', 3],
      ['L1H2@*', 4],
    ]);
    const other = prompt(rows, [['L1H2@last', 5]]);
    const measured = (key: string): number | undefined =>
      meanRows([swept, other]).find((mean) => mean.key === key)?.cells.measured?.mean;
    assert.deepEqual([measured('L1H2@last'), measured('L1H2@*')], [4, undefined]);
    assert.deepEqual(
      sweepMeans([swept, other]).map(({ key, kind, cells }) => [key, kind, cells.measured?.count]),
      [
        ['L1H2@*', 'head', 1],
        ['L1H2@last', 'head', 2],
      ],
    );
    assert.deepEqual([valueIn(swept, 'L1H2@*', 'measured'), valueIn(other, 'L1H2@*', 'measured')], [4, null]);
  });
});

function prompt(rows: readonly NodeRow[], swept: readonly [string, number][] = []): PromptNumbers {
  return { columns: columnsOf(rows, AT), value: 1, swept: new Map(swept) };
}

function row(node: Node, size: number): NodeRow {
  const left: NodeMetrics = {
    activation: size,
    writeMagnitude: size,
    directEffect: size,
    estimatedTotalEffect: size,
  };
  return { name: formatNode(node), node, left, right: null, known: null, attributedTo: null };
}
