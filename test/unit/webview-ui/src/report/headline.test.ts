import assert from 'node:assert/strict';
import { scoreDistribution } from '../../../../../src/core/explain/distribution.ts';
import type { DensityMatch, ExplainReport, FamilyReport } from '../../../../../src/core/explain/report.ts';
import { headlineOf } from '../../../../../webview-ui/src/report/headline.ts';

const NONE = scoreDistribution([]);

function family(id: string, kind: FamilyReport['kind'], scores: number[]): FamilyReport {
  const topAndRandom = scoreDistribution(scores.map((value) => ({ value, low: value, high: value })));
  const layer = Number.parseInt(id, 10);
  return {
    family: id,
    kind,
    layer,
    units: 10,
    explained: 1,
    topAndRandom,
    randomOnly: NONE,
    detection: NONE,
  };
}

function match(pairs: number, neurons: number | null, latents: number | null): DensityMatch {
  const randomOnly = { neurons: null, latents: null };
  return {
    layer: 3,
    neurons: '3-mlp-neurons',
    latents: '3-res',
    pairs,
    topAndRandom: { neurons, latents },
    randomOnly,
  };
}

function report(change: Partial<ExplainReport>): ExplainReport {
  const nothing = { families: [], matches: [], concepts: [], best: [], worst: [] };
  return { model: 'm', explainer: null, explainers: [], stale: 0, ...nothing, ...change };
}

const NEURONS = family('3-mlp-neurons', 'neurons', [0.4]);
const LATENTS = family('3-res', 'latents', [0.7]);

describe('headline of the report', () => {
  const check = (what: string, change: Partial<ExplainReport>, expected: string): void => {
    it(what, () => assert.equal(headlineOf(report(change)), expected));
  };
  check(
    'latents are easier',
    { matches: [match(211, 0.44, 0.71)] },
    'Latents are easier to explain than neurons: median 0.71 against 0.44 at equal density (3-res and 3-mlp-neurons, 211 pairs).',
  );
  check(
    'neurons are easier',
    { matches: [match(1, 0.6, 0.2)] },
    'Neurons are easier to explain than latents: median 0.20 against 0.60 at equal density (3-res and 3-mlp-neurons, 1 pair).',
  );
  check(
    'equal',
    { matches: [match(9, 0.502, 0.5)] },
    'Latents and neurons are equally easy to explain: median 0.50 against 0.50 at equal density (3-res and 3-mlp-neurons, 9 pairs).',
  );
  check(
    'the largest of several, and how many agree',
    { matches: [match(4, 0.7, 0.1), match(30, 0.2, 0.5), match(5, 0.1, 0.2), match(0, null, null)] },
    'Latents are easier to explain than neurons: median 0.50 against 0.20 at equal density (3-res, 30 pairs; 2 of 3 comparisons fall this way).',
  );
  check('nothing scored', {}, 'No explanation is scored on top and random records yet.');
  check(
    'nothing scored by one explainer',
    { explainer: 'n2g' },
    'No explanation by n2g is scored on top and random records yet.',
  );
  check(
    'neurons alone',
    { families: [NEURONS] },
    'Scored: neurons only. Explain latents of the same layer to compare them.',
  );
  check(
    'latents alone',
    { families: [LATENTS] },
    'Scored: latents only. Explain neurons of the same layer to compare them.',
  );
  check(
    'of different layers',
    { families: [NEURONS, family('2-res', 'latents', [0.5])] },
    'Neurons and latents are scored, but of different layers: explain both of one layer to compare them.',
  );
  check(
    'of unlike density',
    { families: [NEURONS, LATENTS], matches: [match(0, null, null)] },
    'No scored neuron is as often active as a scored latent of its layer: nothing to compare at equal density.',
  );
});
