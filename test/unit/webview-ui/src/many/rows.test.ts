import assert from 'node:assert/strict';
import type { Mean, MeanRow } from '../../../../../src/protocol/manyViewContract.ts';
import {
  arrangeMeans,
  meansData,
  meansDisagree,
  type ManyChoice,
} from '../../../../../webview-ui/src/many/rows.ts';

const ROWS: readonly MeanRow[] = [
  row('L10H2@last', 'head', 10, { directEffect: mean(1, 2), estimatedTotalEffect: mean(2, 2) }),
  row('L2N7@last', 'neuron', 2, { directEffect: mean(-3, 2), measured: mean(1, 1) }),
  row('L2H1@*', 'head', 2, {
    directEffect: mean(0.5, 2),
    estimatedTotalEffect: mean(1, 2),
    measured: mean(1.1, 2),
  }),
];
const ALL: ManyChoice = { sort: 'directEffect', order: 'magnitude', kind: 'all', layer: null, text: '' };

describe('rows of means', () => {
  const check = (title: string, change: Partial<ManyChoice>, expected: readonly string[]): void => {
    it(title, () =>
      assert.deepEqual(
        arrangeMeans(ROWS, { ...ALL, ...change }).map(({ key }) => key),
        expected,
      ),
    );
  };
  check('largest first', {}, ['L2N7@last', 'L10H2@last', 'L2H1@*']);
  check('without a value last', { sort: 'measured' }, ['L2H1@*', 'L2N7@last', 'L10H2@last']);
  check('by name, layers as numbers', { sort: 'key', order: 'ascending' }, [
    'L2H1@*',
    'L2N7@last',
    'L10H2@last',
  ]);
  check('of a kind', { kind: 'neuron' }, ['L2N7@last']);
  check('of a layer', { layer: 2 }, ['L2N7@last', 'L2H1@*']);
  check('with a text', { text: 'h2@' }, ['L10H2@last']);

  it('disagree when estimate and measurement are further apart than 0.05 and a quarter', () => {
    assert.deepEqual(ROWS.map(meansDisagree), [false, false, false]);
    const [first] = ROWS;
    assert.ok(first);
    assert.ok(meansDisagree({ ...first, cells: { ...first.cells, measured: mean(1, 2) } }));
  });

  it('are exported with mean, interval and count of each column', () => {
    const table = meansData(ROWS.slice(1, 2), ['directEffect', 'measured']);
    assert.deepEqual(
      table.columns.map(({ key }) => key),
      [
        'name',
        'kind',
        'layer',
        ...['', 'Low', 'High', 'Prompts'].map((part) => `directEffect${part}`),
        ...['', 'Low', 'High', 'Prompts'].map((part) => `measuredTotalEffect${part}`),
      ],
    );
    assert.deepEqual(table.rows, [['L2N7@last', 'neuron', 2, -3, -4, -2, 2, 1, null, null, 1]]);
  });
});

function mean(value: number, count: number): Mean {
  const half = count < 2 ? null : 1;
  return { mean: value, low: half && value - half, high: half && value + half, count };
}

function row(
  key: string,
  kind: MeanRow['kind'],
  layer: number,
  cells: Partial<Record<keyof MeanRow['cells'], Mean>>,
): MeanRow {
  const none = {
    activation: null,
    writeMagnitude: null,
    directEffect: null,
    estimatedTotalEffect: null,
    measured: null,
  };
  return { key, kind, layer, cells: { ...none, ...cells } };
}
