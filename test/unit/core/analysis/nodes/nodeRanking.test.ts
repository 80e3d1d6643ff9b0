import assert from 'node:assert/strict';
import {
  nodeAt,
  type HeadGroup,
  type NeuronGroup,
} from '../../../../../src/core/analysis/nodes/nodeGroups.ts';
import { metricsAt } from '../../../../../src/core/analysis/nodes/nodeMetrics.ts';
import { NodeRanking } from '../../../../../src/core/analysis/nodes/nodeRanking.ts';
import type { GradientRows } from '../../../../../src/core/analysis/nodes/readPlan.ts';
import { formatNode } from '../../../../../src/core/trace/node.ts';
import { normals, seededRandom } from '../../../../support/random.ts';

const SIZE = 5;
const random = seededRandom(17);
const noise = (count: number): Float32Array => normals(random, count, { mean: 0, std: 1 });

/** The scalar reads tokens 1 and 4. */
const ROWS: GradientRows = {
  space: 'residual',
  positions: [1, 4],
  rowOf: Int32Array.of(-1, 0, -1, -1, 1),
  matrix: { dims: [2, 1], data: new Float32Array(2) },
  inSum: true,
};

type Parts = { readonly gradient: 'some' | 'none'; readonly read: 'some' | 'none' };

function neurons(layer: number, { gradient, read }: Parts): NeuronGroup {
  const width = 7; // not a multiple of anything
  const activation = noise(SIZE * width);
  return {
    kind: 'neuron',
    listed: true,
    layer,
    width,
    activation,
    written: activation.map((value, index) => (index % 3 === 0 ? 0 : value)),
    gradient: gradient === 'some' ? noise(SIZE * width) : null,
    norms: noise(width).map(Math.abs),
    read: read === 'some' ? { rows: ROWS, along: noise(2 * width) } : null,
  };
}

function heads(layer: number, { gradient, read }: Parts): HeadGroup {
  const count = 2;
  const activation = noise(count * SIZE * SIZE).map(Math.abs);
  return {
    kind: 'head',
    listed: true,
    layer,
    heads: count,
    size: SIZE,
    activation,
    written: activation,
    gradient: gradient === 'some' ? noise(count * SIZE * SIZE) : null,
    biasGradient: gradient === 'some' ? noise(count * SIZE) : null,
    norms: noise(count * SIZE).map(Math.abs),
    read: read === 'some' ? { rows: ROWS, along: noise(count * 2 * SIZE) } : null,
  };
}

/** Every node of the groups, sorted column by column. */
function byHand(groups: readonly (NeuronGroup | HeadGroup)[], k: number): Set<string> {
  const nodes = groups.flatMap((group) =>
    Array.from(group.activation.keys())
      .filter((index) => group.kind === 'neuron' || index % SIZE <= Math.floor(index / SIZE) % SIZE)
      .map((index) => ({ name: formatNode(nodeAt(group, index)), metrics: metricsAt(group, index) })),
  );
  const best = new Set<string>();
  const rank = (of: (node: (typeof nodes)[number]) => number): void => {
    const ranked = nodes.filter((node) => of(node) > 0).toSorted((a, b) => of(b) - of(a));
    for (const { name } of ranked.slice(0, k)) best.add(name);
  };
  rank(({ metrics }) => metrics.activation);
  rank(({ metrics }) => metrics.writeMagnitude);
  for (const sign of [1, -1]) {
    rank(({ metrics }) => sign * metrics.directEffect);
    rank(({ metrics }) => sign * metrics.estimatedTotalEffect);
  }
  return best;
}

describe('node ranking', () => {
  const check = (name: string, groups: readonly (NeuronGroup | HeadGroup)[], k: number): void => {
    it(name, () => {
      const ranking = new NodeRanking(k);
      for (const group of groups) ranking.add(group);
      const names = ranking.nodes().map((node) => formatNode(node));
      assert.equal(new Set(names).size, names.length, 'each once');
      assert.deepEqual(new Set(names), byHand(groups, k));
    });
  };
  const some: Parts = { gradient: 'some', read: 'some' };
  check('equals sorting every column: neurons', [neurons(0, some), neurons(1, some)], 4);
  check('equals sorting every column: heads', [heads(0, some), heads(1, some)], 4);
  check('equals sorting every column: both', [heads(0, some), neurons(0, some), heads(1, some)], 6);
  check(
    'where the scalar depends on nothing, or reads nothing directly',
    [
      neurons(0, some),
      heads(1, { gradient: 'none', read: 'none' }),
      neurons(1, { gradient: 'none', read: 'some' }),
    ],
    5,
  );
  check('more places than nodes', [neurons(0, { gradient: 'some', read: 'none' })], 100);
  check('no places', [neurons(0, some), heads(0, some)], 0);

  it('never ranks what is not a number, and what comes after it all the same', () => {
    const group = neurons(0, some);
    group.activation.fill(Number.NaN, 0, 3);
    group.gradient?.fill(Number.NaN, 10, 20);
    const ranking = new NodeRanking(4);
    ranking.add(group);
    assert.deepEqual(new Set(ranking.nodes().map((node) => formatNode(node))), byHand([group], 4));
  });

  it('passes over what a SAE stands for', () => {
    const ranking = new NodeRanking(4);
    ranking.add({ ...neurons(0, some), listed: false });
    assert.deepEqual([ranking.nodes(), ranking.total], [[], 0]);
  });
});
