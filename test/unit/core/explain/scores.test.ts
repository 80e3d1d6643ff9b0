import assert from 'node:assert/strict';
import {
  correlation,
  orPredictsNothing,
  scoreSimulations,
  type Simulation,
} from '../../../../src/core/explain/scores.ts';

function close(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) < 5e-7,
    `${String(actual)} should be ${expected}`,
  );
}

const ONE: Simulation[] = [{ truth: [0, 0, 5, 1], simulated: [0, 1, 8, 2] }];
const TWO: Simulation[] = [
  { truth: [0, 0, 4], simulated: [0, 1, 8] },
  { truth: [1, 0, 0], simulated: [0, 0, 3] },
];

describe('scores of simulations', () => {
  it('B4: one window: r .993527, r-squared .576923, absolute deviation .166667', () => {
    const scores = scoreSimulations(ONE);
    close(scores.correlation?.value, 0.993527);
    close(scores.rSquared?.value, 0.576923);
    close(scores.absoluteDeviation?.value, 0.166667);
    assert.equal(scores.sequences, 1);
  });

  it('B4: several windows are pooled: r .868496, while the mean of their own is .246700', () => {
    close(scoreSimulations(TWO).correlation?.value, 0.868496);
    const own = TWO.map(({ truth, simulated }) => correlation(truth, simulated) ?? 0);
    close(((own[0] ?? 0) + (own[1] ?? 0)) / 2, 0.2467);
  });

  const constant = (title: string, simulations: Simulation[], r: number | null, defined: boolean): void => {
    it(`${title}: r ${r}, ${defined ? 'with' : 'no'} r-squared`, () => {
      const scores = scoreSimulations(simulations);
      assert.deepEqual(scores.correlation, r === null ? null : { value: r, low: r, high: r });
      assert.equal(scores.rSquared !== null, defined);
      assert.equal(scores.absoluteDeviation !== null, defined);
    });
  };
  constant('words that say the same everywhere', [{ truth: [0, 1, 2], simulated: [0.1, 0.1, 0.1] }], 0, true);
  constant('words that say nothing', [{ truth: [0, 1, 2], simulated: [0, 0, 0] }], 0, true);
  constant('a unit that is never active', [{ truth: [0, 0], simulated: [0, 1] }], null, false);
  constant('neither varies', [{ truth: [0, 0], simulated: [3, 3] }], null, false);
  constant('a unit that is always the same', [{ truth: [2, 2], simulated: [0, 1] }], null, true);
  constant('nothing', [], null, false);

  it('older records and other tools: r 0 where there is an r-squared beside none', () => {
    const check = (r: number | null, rSquared: number | null, expected: number | null): void =>
      assert.equal(orPredictsNothing(r, rSquared, 0), expected);
    check(null, -0.1, 0);
    check(null, null, null);
    check(0.4, null, 0.4);
    check(-0.4, 0.1, -0.4);
  });

  it('intervals hold the value and are the same each time', () => {
    const score = scoreSimulations(TWO, { seed: 3 }).correlation;
    assert.ok(score && score.low <= score.value && score.value <= score.high && score.low < score.high);
    assert.deepEqual(scoreSimulations(TWO, { seed: 3 }).correlation, score);
  });

  it('intervals keep as many top and random windows as there are', () => {
    const top: Simulation = { truth: [0, 4], simulated: [0, 4], set: 'top' };
    const random: Simulation = { truth: [0, 0], simulated: [0, 0], set: 'random' };
    const score = scoreSimulations([top, random]).correlation;
    assert.deepEqual(score, { value: 1, low: 1, high: 1 });
  });
});
