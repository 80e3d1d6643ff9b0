import assert from 'node:assert/strict';
import type { NodeRow } from '../../../../../src/core/analysis/nodes/nodeRows.ts';
import { parseNode } from '../../../../../src/core/trace/node.ts';
import type { MeasuredNode } from '../../../../../src/protocol/debugContract.ts';
import {
  arrange,
  FIRST_CHOICE,
  rowDisagrees,
  valueOf,
  type TableChoice,
} from '../../../../../webview-ui/src/debug/rows.ts';

const TOKENS = ['<|endoftext|>', ' Mary', ' John', ' to'].map((text) => ({ text }));

function row(
  name: string,
  direct: number,
  right: number | null = null,
  words: string | null = null,
): NodeRow {
  const metrics = (value: number): NodeRow['left'] => ({
    activation: 1,
    writeMagnitude: 1,
    directEffect: value,
    estimatedTotalEffect: value * 2,
  });
  const node = parseNode(name);
  return {
    name,
    node,
    left: metrics(direct),
    right: right === null ? null : metrics(right),
    known: words === null ? null : { words, by: 'summary', score: null, stale: false },
    attributedTo: null,
  };
}

const ROWS = [
  row('L1H0@3->1', 0.5),
  row('L3H1@3->2', -2, -1),
  row('L2N10@3', 1, 1.5, 'giving'),
  row('L2N9@2', 0.25),
  row('E@1', 0.75),
];

function measured(...values: readonly (readonly [string, number])[]): ReadonlyMap<string, MeasuredNode> {
  return new Map(values.map(([name, left]) => [name, { name, left, right: null, leftFrozen: null }]));
}

function check(
  choice: Partial<TableChoice>,
  expected: readonly string[],
  pins: readonly string[] = [],
): void {
  const items = arrange({
    rows: ROWS,
    choice: { ...FIRST_CHOICE, ...choice },
    measured: measured(['L2N9@2', 9]),
    tokens: TOKENS,
    pins,
  });
  const names = items.map((item) =>
    item.kind === 'node' ? item.row.name : `[${item.title} ${item.rows.length}]`,
  );
  assert.deepEqual(names, expected);
}

describe('rows of the node table', () => {
  it('are sorted by magnitude, value and name', () => {
    check({}, ['L3H1@3->2', 'L2N10@3', 'E@1', 'L1H0@3->1', 'L2N9@2']);
    check({ order: 'descending' }, ['L2N10@3', 'E@1', 'L1H0@3->1', 'L2N9@2', 'L3H1@3->2']);
    check({ order: 'ascending' }, ['L3H1@3->2', 'L2N9@2', 'L1H0@3->1', 'E@1', 'L2N10@3']);
    check({ sort: 'name', order: 'ascending' }, ['E@1', 'L1H0@3->1', 'L2N9@2', 'L2N10@3', 'L3H1@3->2']);
    check({ sort: 'words', order: 'ascending' }, ['L2N10@3', 'L1H0@3->1', 'L3H1@3->2', 'L2N9@2', 'E@1']);
    // What has no value comes last.
    check({ sort: 'measured' }, ['L2N9@2', 'L1H0@3->1', 'L3H1@3->2', 'L2N10@3', 'E@1']);
    check({ side: 'right' }, ['L2N10@3', 'L3H1@3->2', 'L1H0@3->1', 'L2N9@2', 'E@1']);
    check({ side: 'difference' }, ['L3H1@3->2', 'L2N10@3', 'L1H0@3->1', 'L2N9@2', 'E@1']);
  });

  it('are filtered by kind, layer, position and text', () => {
    check({ kind: 'neuron' }, ['L2N10@3', 'L2N9@2']);
    check({ layer: 3 }, ['L3H1@3->2']);
    check({ position: 2 }, ['L3H1@3->2', 'L2N9@2']);
    check({ text: 'GIVING' }, ['L2N10@3']);
    check({ text: 'john' }, ['L3H1@3->2', 'L2N9@2']);
    check({ text: 'L2N' }, ['L2N10@3', 'L2N9@2']);
    check({ text: 'nothing' }, []);
  });

  it('are grouped by layer, head and token, the largest sum first; closed groups keep their rows to themselves', () => {
    check({ group: 'layer', closed: ['Layer 2', 'Layer 1'] }, [
      '[Layer 3 1]',
      'L3H1@3->2',
      '[Layer 2 2]',
      '[Embeddings 1]',
      'E@1',
      '[Layer 1 1]',
    ]);
    check({ group: 'head', closed: ['Neurons', 'Embeddings'] }, [
      '[L3H1 1]',
      'L3H1@3->2',
      '[Neurons 2]',
      '[Embeddings 1]',
      '[L1H0 1]',
      'L1H0@3->1',
    ]);
    check({ group: 'token', kind: 'neuron' }, ['[3 ·to 1]', 'L2N10@3', '[2 ·John 1]', 'L2N9@2']);
  });

  it('that are pinned come first, whatever the filter says', () => {
    check({ kind: 'neuron' }, ['E@1', 'L2N10@3', 'L2N9@2'], ['E@1']);
  });

  it('have a difference only where both sides have the node', () => {
    const [, two, other] = ROWS;
    assert.ok(two && other);
    assert.equal(valueOf(two, 'directEffect', 'difference', new Map()), -1);
    assert.equal(valueOf(other, 'measured', 'left', new Map()), null);
    assert.equal(valueOf(ROWS[0] ?? two, 'directEffect', 'difference', new Map()), null);
  });

  it('disagree when estimate and measurement differ by more than 0.05 and 25 % of the larger', () => {
    const estimated = row('L2N10@3', 0.5);
    const check = (value: number): boolean => rowDisagrees(estimated, 'left', measured(['L2N10@3', value]));
    assert.deepEqual([1, 0.76, 0.74, 1.3, 1.4, -1].map(check), [false, false, true, false, true, true]);
    assert.equal(rowDisagrees(estimated, 'left', new Map()), false);
  });
});
