import assert from 'node:assert/strict';
import { apartText, distributionOf, median } from '../../../../src/core/explain/distribution.ts';
import type { ExplainerKind, ExplanationRecord } from '../../../../src/core/explain/explanation.ts';
import { matchByDensity } from '../../../../src/core/explain/matchByDensity.ts';
import { ANYONE } from '../../../../src/core/explain/report.ts';
import { reportFigures, type ReportedFamily } from '../../../../src/core/explain/reportFigures.ts';
import { spearman } from '../../../../src/core/explain/spearman.ts';

describe('distributions', () => {
  const check = (
    values: number[],
    expected: [number | null, [number, number] | null, number | null],
  ): void => {
    it(`[${values.join(', ')}]: median ${expected[0]}`, () => {
      const { median: middle, quartiles, mean } = distributionOf(values);
      assert.deepEqual([middle, quartiles, mean], expected);
    });
  };
  check([], [null, null, null]);
  check([0.5], [0.5, [0.5, 0.5], 0.5]);
  check([1, 0, 0.5], [0.5, [0.25, 0.75], 0.5]);
  check([0, 1], [0.5, [0.25, 0.75], 0.5]);

  it('counts in twenty bins from -1 to 1, both ends held', () => {
    const { counts, count } = distributionOf([-1, -0.95, 0, 0.05, 1, 0.99]);
    assert.equal(counts.length, 20);
    assert.deepEqual([counts[0], counts[10], counts[19], count], [2, 2, 2, 6]);
  });

  it('has no median of nothing', () => assert.equal(median([]), null));
});

describe('Spearman', () => {
  const check = (a: number[], b: number[], expected: number | null): void => {
    it(`[${a.join(', ')}] and [${b.join(', ')}]: ${expected}`, () => {
      const found = spearman(a, b);
      if (expected === null || found === null) assert.equal(found, expected);
      else assert.ok(Math.abs(found - expected) < 1e-6, String(found));
    });
  };
  check([1, 2, 3], [10, 100, 1000], 1);
  check([1, 2, 3], [3, 2, 1], -1);
  // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3.
  check([1, 2, 2, 4], [1, 2, 3, 4], 0.948683);
  check([1, 1], [1, 2], null);
  check([1, 2], [1, 1], null);
});

describe('pairs of equal density', () => {
  const check = (first: number[], second: number[], expected: string): void => {
    it(`[${first.join(', ')}] with [${second.join(', ')}]: ${expected}`, () => {
      const of = (densities: number[]) => densities.map((density) => ({ density }));
      const pairs = matchByDensity(of(first), of(second));
      assert.equal(pairs.map(([a, b]) => `${a.density}-${b.density}`).join(' '), expected);
    });
  };
  check([0.1, 0.01], [0.012, 0.11], '0.01-0.012 0.1-0.11');
  check([0.1], [0.21, 0.04], '');
  check([0.1], [0.19, 0.05], '0.1-0.19');
  check([0.1, 0.11], [0.1], '0.1-0.1');
  check([0, 0.1], [0, 0.09, 0.1], '0.1-0.1');
  check([0.1, 0.1, 0.1], [0.1, 0.12, 0.15], '0.1-0.1 0.1-0.12 0.1-0.15');
});

function record(unit: string, score: number | null, explainer = 'summary'): ExplanationRecord {
  const figure = score === null ? null : { value: score, low: score, high: score };
  const scores = { correlation: figure, rSquared: null, absoluteDeviation: null, sequences: 4 };
  return {
    version: 1,
    id: `${unit} ${explainer}`,
    unit,
    explanation: `words of ${unit} by ${explainer}`,
    explainer,
    explainerKind: 'summary',
    pattern: null,
    simulator: 'words',
    simulatorKind: 'words',
    score,
    scores: {
      topAndRandom: scores,
      randomOnly: { ...scores, correlation: unit === 'L3N0' ? null : figure },
      detection: null,
      fuzzing: null,
      ablation: null,
      pairs: null,
    },
    sequences: 4,
    failures: [],
    cost: { requests: 0, promptTokens: 0, completionTokens: 0 },
    revises: null,
    from: { model: 'm', sae: null, index: 'i' },
  };
}

describe('report of explanations', () => {
  const neurons: ReportedFamily = {
    family: { kind: 'neurons', layer: 3 },
    layer: 3,
    units: 8,
    records: [record('L3N0', 0.2), record('L3N1', 0.4), record('L3N1', 0.6, 'n2g'), record('L3N2', null)],
    density: Float64Array.of(0.1, 0.02, 0.1),
    f1: null,
  };
  const latents: ReportedFamily = {
    family: { kind: 'latents', sae: '3-res' },
    layer: 3,
    units: 16,
    records: [record('3-res/0', 0.9), record('3-res/1', 0.8), record('3-res/2', 0.3)],
    density: Float64Array.of(0.11, 0.021, 0.9),
    f1: new Map([
      [0, 0.95],
      [1, 0.7],
      [2, 0.1],
    ]),
  };
  const report = reportFigures({ model: 'm', explainer: ANYONE, stale: 2, families: [neurons, latents] });

  it('takes the best record of each unit', () => {
    const [family] = report.families;
    assert.deepEqual(
      [family?.family, family?.kind, family?.units, family?.explained, family?.topAndRandom.count],
      ['3-mlp-neurons', 'neurons', 8, 3, 2],
    );
    assert.ok(Math.abs((family?.topAndRandom.median ?? 0) - 0.4) < 1e-12);
    assert.equal(family?.randomOnly.count, 1);
    assert.equal(report.stale, 2);
  });

  it('tells words that say nothing, which count as 0, from silent units, which do not count', () => {
    const scored = (at: number, r: number | null, randomOnly: number | null): ExplanationRecord => {
      const made = record(`3-res/${at}`, r);
      const figure = randomOnly === null ? null : { value: randomOnly, low: randomOnly, high: randomOnly };
      const scores = made.scores ?? assert.fail('scored');
      const random = scores.randomOnly ?? assert.fail('scored');
      return { ...made, scores: { ...scores, randomOnly: { ...random, correlation: figure } } };
    };
    const records = [scored(0, 0.9, 0.8), scored(1, 0.6, 0), scored(2, 0, 0), scored(3, null, null)];
    const of = reportFigures({ model: 'm', explainer: null, stale: 0, families: [{ ...latents, records }] });
    const [family] = of.families;
    const { topAndRandom, randomOnly } = family ?? assert.fail('no family');
    assert.deepEqual(
      [topAndRandom.count, topAndRandom.median, topAndRandom.silent, topAndRandom.saysNothing],
      [3, 0.6, 1, 1],
    );
    assert.deepEqual(
      [randomOnly.count, randomOnly.median, randomOnly.silent, randomOnly.saysNothing],
      [3, 0, 1, 2],
    );
    assert.deepEqual(
      [apartText(topAndRandom), apartText(randomOnly)],
      ['silent in the windows: 1, words say nothing: 1', 'silent in the windows: 1, words say nothing: 2'],
    );
    assert.deepEqual(
      of.worst.map(({ unit, score }) => [unit, score]),
      [['3-res/2', 0]],
      'words that say nothing are the worst; a silent unit is none',
    );
    assert.deepEqual(
      of.concepts.map(({ points }) => points.map(({ score }) => score)),
      [[0.9, 0.6, 0]],
      'and stand beside the F1 of the labels',
    );
  });

  it('heads: answers that are all the same are an AUC of chance, a head that acts on no pair is silent', () => {
    const head = (at: number, auc: number | null): ExplanationRecord => {
      const made = record(`L1H${at}`, auc);
      const figure = { value: auc ?? 0, low: auc ?? 0, high: auc ?? 0 };
      const pairs = auc === null ? null : { accuracy: figure, f1: null, auc: figure, examples: 8 };
      const none = { topAndRandom: null, randomOnly: null, detection: null, fuzzing: null, ablation: null };
      return { ...made, scores: { ...none, pairs } };
    };
    const failed = { ...head(3, null), failures: [{ sequence: 4, reason: 'no answer' }] };
    const records = [head(0, 0.9), head(1, 0.5), head(2, null), failed];
    const heads: ReportedFamily = { ...neurons, family: { kind: 'heads', layer: 1 }, layer: 1, records };
    const of = reportFigures({ model: 'm', explainer: null, stale: 0, families: [heads] });
    const { detection, topAndRandom } = of.families[0] ?? assert.fail('no family');
    assert.deepEqual([detection.count, detection.silent, detection.saysNothing], [2, 1, 1]);
    assert.deepEqual([topAndRandom.count, topAndRandom.silent], [0, 0]);
  });

  it('names everyone who has explained units', () => {
    assert.deepEqual(report.explainers, [
      { explainer: 'summary', units: 6 },
      { explainer: 'n2g', units: 1 },
    ]);
  });

  it('begins with one explainer, offline ones first, the concept labels last', () => {
    const of = (kinds: readonly ExplainerKind[]): string | null => {
      const records = kinds.map((explainerKind, at) => ({
        ...record(`3-res/${at}`, 0.5),
        explainer: explainerKind,
        explainerKind,
      }));
      return reportFigures({ model: 'm', explainer: null, stale: 0, families: [{ ...latents, records }] })
        .explainer;
    };
    assert.equal(of(['concepts', 'concepts', 'n2g', 'summary']), 'summary');
    assert.equal(of(['concepts', 'language', 'language', 'n2g']), 'n2g');
    assert.equal(of(['concepts']), 'concepts');
    assert.equal(of([]), null);
  });

  it('takes only the records of an explainer that is named', () => {
    const of = reportFigures({ model: 'm', explainer: 'n2g', stale: 0, families: [neurons, latents] });
    assert.deepEqual(
      of.families.map(({ explained }) => explained),
      [1, 0],
    );
  });

  it('compares neurons and latents at equal density, over the same pairs', () => {
    assert.deepEqual(report.matches, [
      {
        layer: 3,
        neurons: '3-mlp-neurons',
        latents: '3-res',
        pairs: 2,
        topAndRandom: { neurons: 0.4, latents: 0.8500000000000001 },
        randomOnly: { neurons: 0.6, latents: 0.8 },
      },
    ]);
  });

  it('relates scores to the F1 of concept labels', () => {
    assert.deepEqual(
      report.concepts.map(({ family, units, correlation }) => [family, units, correlation]),
      [['3-res', 3, 1]],
    );
  });

  it('lists best and worst', () => {
    assert.deepEqual(
      report.best.map(({ unit }) => unit),
      ['3-res/0', '3-res/1', 'L3N1'],
    );
    assert.deepEqual(
      report.worst.map(({ unit }) => unit),
      ['L3N0', '3-res/2'],
      'no unit stands in both lists',
    );
    assert.deepEqual(report.worst[0], {
      unit: 'L3N0',
      words: 'words of L3N0 by summary',
      score: 0.2,
      density: 0.1,
    });
  });
});
