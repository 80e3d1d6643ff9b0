import assert from 'node:assert/strict';
import {
  averageOverPrompts,
  columnOf,
  componentKey,
  meanInterval,
  studentT975,
} from '../../../../../src/core/analysis/measure/manyPrompts.ts';
import { parseNode } from '../../../../../src/core/trace/node.ts';

const last = (position: number): string | null => (position === 9 ? 'last' : null);

describe('many prompts', () => {
  it("quantiles of Student's t", () => {
    const known: readonly (readonly [number, number])[] = [
      [1, 12.7062],
      [9, 2.2622],
      [30, 2.0423],
      [31, 2.03951],
      [60, 2.0003],
      [120, 1.97993],
      [1e9, 1.95996],
    ];
    for (const [degrees, expected] of known)
      assert.ok(Math.abs(studentT975(degrees) - expected) < 1e-4, String(degrees));
  });

  it('a mean and its interval', () => {
    const { mean, low, high } = meanInterval([1, 2, 3, 4]);
    const half = 3.1824 * Math.sqrt(5 / 3 / 4);
    assert.equal(mean, 2.5);
    assert.ok(Math.abs((low ?? 0) - (2.5 - half)) < 1e-12 && Math.abs((high ?? 0) - (2.5 + half)) < 1e-12);
    assert.deepEqual(meanInterval([7]), { mean: 7, low: null, high: null });
    assert.deepEqual(meanInterval([3, 3]), { mean: 3, low: 3, high: 3 });
    assert.ok(Number.isNaN(meanInterval([1, Number.NaN]).mean));
  });

  const prompts = [
    {
      prompt: 'a',
      values: new Map([
        ['L0H1@last', 2],
        ['L1H0@last', 4],
      ]),
    },
    { prompt: 'b', values: new Map([['L1H0@last', 6]]) },
  ];
  it('a row that a prompt lacks counts as 0 or not at all', () => {
    const zero = averageOverPrompts(prompts, { absent: 'zero' });
    assert.deepEqual(
      zero.map(({ key, mean, count }) => [key, mean, count]),
      [
        ['L1H0@last', 5, 2],
        ['L0H1@last', 1, 2],
      ],
    );
    const missing = averageOverPrompts(prompts, { absent: 'missing' });
    const found = missing.find(({ key }) => key === 'L0H1@last');
    assert.deepEqual(found, { key: 'L0H1@last', mean: 2, low: null, high: null, count: 1, each: [2, null] });
  });

  const keys: readonly (readonly [string, string])[] = [
    ['E@4', 'E@*'],
    ['L5N123@9', 'L5N123@last'],
    ['L2H1@9->4', 'L2H1@last'],
    ['3-res/412@2', '3-res/412@*'],
    ['3-res/error@9', '3-res/error@last'],
    ['L3.b_O@9', 'L3.b_O@last'],
    ['ln_f@9', 'ln_f@last'],
  ];
  for (const [node, expected] of keys) {
    it(`${node} is ${expected}`, () => assert.equal(componentKey(parseNode(node), last), expected));
  }

  it('pairs of a head add up in effects; the strongest stands for its activation', () => {
    const row = (name: string, value: number): { node: ReturnType<typeof parseNode>; metrics: Numbers } => ({
      node: parseNode(name),
      metrics: { activation: value, writeMagnitude: value, directEffect: value, estimatedTotalEffect: value },
    });
    const rows = [row('L2H1@9->4', 0.5), row('L2H1@9->5', 0.25), row('L2H1@3->1', 1)];
    assert.deepEqual(
      [...columnOf(rows, 'directEffect', last)],
      [
        ['L2H1@last', 0.75],
        ['L2H1@*', 1],
      ],
    );
    assert.deepEqual(
      [...columnOf(rows, 'activation', last)],
      [
        ['L2H1@last', 0.5],
        ['L2H1@*', 1],
      ],
    );
  });
});

interface Numbers {
  readonly activation: number;
  readonly writeMagnitude: number;
  readonly directEffect: number;
  readonly estimatedTotalEffect: number;
}
