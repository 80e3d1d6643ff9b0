import assert from 'node:assert/strict';
import { MOST_POINTS, RATING_MOST } from '../../../../../src/core/explain/report.ts';
import type { ExampleGroup, ExampleReading } from '../../../../../src/core/records/readings.ts';
import type { RatingPoints } from '../../../../../src/protocol/reportViewContract.ts';
import { groupTitle, largestOf, levelsOf } from '../../../../../webview-ui/src/report/blind.ts';
import {
  NOTHING_KEPT,
  NO_POINTS,
  readPersistedReport,
} from '../../../../../webview-ui/src/report/persisted.ts';
import { firstChoice, ratable } from '../../../../../webview-ui/src/report/ratable.ts';
import { countsOf, firstWithout, SCALES, totalOf } from '../../../../../webview-ui/src/report/rubric.ts';

function group(set: ExampleGroup['set'], ...windows: number[][]): ExampleGroup {
  const examples = windows.map((values): ExampleReading => ({
    sequence: 1,
    source: '',
    ids: [],
    tokens: [],
    activations: Float32Array.from(values),
    pairs: null,
    position: 0,
    key: null,
  }));
  return { set, title: '2.1 to 4.0', total: examples.length, examples };
}

describe('blind rating', () => {
  it('has fourteen points in all', () => {
    assert.equal(MOST_POINTS, 14);
    assert.deepEqual(Object.fromEntries(SCALES.map(({ key, most }) => [key, most])), RATING_MOST);
  });

  const total = (points: Partial<RatingPoints>, sum: number | null, next: string | undefined): void => {
    it(`${JSON.stringify(points)}: ${sum}`, () => {
      const all = { ...NO_POINTS, ...points };
      assert.deepEqual([totalOf(all), firstWithout(all)?.key], [sum, next]);
    });
  };
  total({}, null, 'confidence');
  total({ confidence: 0, weak: 3 }, null, 'strong');
  total({ confidence: 0, strong: 0, weak: 0, logits: 0 }, 0, undefined);
  total({ confidence: 3, strong: 5, weak: 3, logits: 3 }, 14, undefined);

  it('shows strengths of ten, never activations, and nothing below zero', () => {
    const groups = [group('top', [0, 8, -0.17]), group('quantile', [2, 1], [4, 0])];
    const largest = largestOf(groups);
    assert.equal(largest, 8);
    assert.deepEqual(levelsOf([0, 8, -0.17, 2], largest), [0, 10, 0, 2.5]);
    assert.deepEqual(levelsOf([-1, 0], 0), [0, 0]);
    assert.deepEqual(
      groups.map((each) => groupTitle(each, largest)),
      ['Strongest', 'Peaks of 2 to 5 of 10'],
    );
  });

  it('draws from neurons and latents, never from heads', () => {
    const families = ['0-heads', '0-mlp-neurons', '0-res', '1-heads', '1-mlp-neurons', '1-res', '1-mlp'];
    assert.deepEqual(ratable(families), ['0-mlp-neurons', '0-res', '1-mlp-neurons', '1-res', '1-mlp']);
    assert.deepEqual(firstChoice(families), ['1-mlp-neurons', '1-res']);
    assert.deepEqual(firstChoice(['0-heads', '0-mlp-neurons']), ['0-mlp-neurons']);
    assert.deepEqual(firstChoice([]), []);
  });

  it('adds up families of a kind', () => {
    const counts = (at: number): number[] =>
      Array.from({ length: 15 }, (_, points) => (points === at ? 2 : 0));
    const families = [
      { family: '0-res', kind: 'latents', ratings: 2, counts: counts(3), median: 3 },
      { family: '1-res', kind: 'latents', ratings: 2, counts: counts(3), median: 3 },
      { family: '1-mlp-neurons', kind: 'neurons', ratings: 2, counts: counts(14), median: 14 },
    ] as const;
    assert.deepEqual([countsOf(families, 'latents')[3], countsOf(families, 'neurons')[14]], [4, 2]);
  });

  const kept = {
    ...NOTHING_KEPT,
    tab: 'rate',
    families: ['3-res'],
    card: 2,
    words: 'names',
    points: { ...NO_POINTS, strong: 4 },
  };
  const read = (what: string, value: unknown, expected: unknown): void => {
    it(what, () => assert.deepEqual(readPersistedReport(value), expected));
  };
  read('keeps the card at hand and what was typed of it', kept, kept);
  read(
    'drops points that the scale does not have',
    { ...kept, points: { strong: 6, weak: 1.5 } },
    { ...kept, points: NO_POINTS },
  );
  read('forgets another version', { ...kept, version: 0 }, null);
  read('forgets a deck without a seed', { ...kept, seed: -1 }, null);
});
