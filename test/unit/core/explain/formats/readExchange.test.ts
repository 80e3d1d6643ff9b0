import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ScoreDetail } from '../../../../../src/core/explain/explanation.ts';
import { printNeuronpedia } from '../../../../../src/core/explain/formats/neuronpedia.ts';
import { printNeuronRecord } from '../../../../../src/core/explain/formats/neuronRecord.ts';
import { readExchange } from '../../../../../src/core/explain/formats/readExchange.ts';
import {
  bestFirst,
  parseWords,
  printWords,
  publishedWords,
} from '../../../../../src/core/explain/formats/publishedPieces.ts';
import { printSimulationResults } from '../../../../../src/core/explain/formats/simulationResults.ts';
import { parseRecord, printRecord } from '../../../../../src/core/explain/recordJson.ts';
import type { UnitRecords } from '../../../../../src/core/records/records.ts';
import { expectError } from '../../../../support/expectError.ts';
import { someRecord } from '../../../../support/someRecord.ts';

/** As published: automated-interpretability's files carry `dataclass_name` at every level. */
const RESULTS = {
  dataclass_name: 'NeuronSimulationResults',
  neuron_id: { dataclass_name: 'NeuronId', layer_index: 5, neuron_index: 4492 },
  scored_explanations: [
    {
      dataclass_name: 'ScoredExplanation',
      explanation: ' words that begin with a vowel.',
      scored_simulation: {
        dataclass_name: 'ScoredSimulation',
        scored_sequence_simulations: [
          {
            dataclass_name: 'ScoredSequenceSimulation',
            simulation: {
              dataclass_name: 'SequenceSimulation',
              tokens: ['an', ' owl'],
              expected_activations: [1, 2.5],
              activation_scale: 'neuron_activations',
              distribution_values: [[]],
              distribution_probabilities: [[]],
              uncalibrated_simulation: null,
            },
            true_activations: [0, 3],
            ev_correlation_score: 1,
            rsquared_score: 0.8,
            absolute_dev_explained_score: 0.5,
          },
        ],
        ev_correlation_score: 0.77,
        rsquared_score: 0.5,
        absolute_dev_explained_score: 0.4,
      },
    },
  ],
};

const RECORD = {
  neuron_id: { layer_index: 0, neuron_index: 7 },
  most_positive_activation_records: [{ tokens: ['a', 'b'], activations: [0, 2] }],
  random_sample: [{ tokens: ['a', 'b'], activations: [0, 0, -1] }],
  random_sample_by_quantile: [[{ tokens: ['c'], activations: [1] }]],
  quantile_boundaries: [2, 1],
  mean: 0.25,
  variance: 1,
  skewness: null,
  kurtosis: 4,
};

const FEATURE = {
  modelId: 'gpt2-small',
  layer: '6-res-jb',
  index: '650',
  frac_nonzero: 0.002,
  explanations: [
    {
      description: 'mentions of the sea ',
      typeName: 'oai_token-act-pair',
      explanationModelName: 'gpt-4o',
      scores: [{ value: 0.4 }, { value: 0.6 }],
    },
  ],
  activations: [{ tokens: ['the', ' sea'], values: [0, 9], maxValue: 9 }],
};

const UNIT: UnitRecords = {
  unit: { kind: 'latent', sae: '3-res', index: 12 },
  statistics: {
    count: 10,
    density: 0.1,
    central: { mean: 0.5, variance: 2, skewness: 1, kurtosis: 3 },
    zeroCentered: { mean: 0.5, variance: 2, skewness: 1, kurtosis: 3 },
    min: 0,
    max: 4,
    histogram: { width: 0.5, counts: [1, 0, 2] },
  },
  top: [{ sequence: 3, ids: [0, 1], activations: Float32Array.of(0, 4), pairs: null }],
  random: [{ sequence: 5, ids: [1, 1], activations: Float32Array.of(0, 0), pairs: null }],
  quantiles: [
    {
      low: 1,
      high: 4,
      share: 0.5,
      records: [{ sequence: 3, ids: [0, 1], activations: Float32Array.of(0, 4), pairs: null }],
    },
  ],
};

const text = (id: number): string => ['\n', ' "x"'][id] ?? '?';

describe('files of other tools', () => {
  it('brings OpenAI explanations with scores and sequences', () => {
    const { formats, explanations, skipped } = readExchange(JSON.stringify(RESULTS), 'a.jsonl');
    assert.deepEqual([formats, skipped], [['NeuronSimulationResults'], []]);
    const [only] = explanations;
    assert.ok(only);
    assert.deepEqual(
      [only.unit, only.words, only.score, only.rSquared, only.absoluteDeviation],
      ['L5N4492', 'words that begin with a vowel.', 0.77, 0.5, 0.4],
    );
    assert.deepEqual(only.sequences[0]?.tokens, ['an', ' owl']);
    assert.deepEqual(only.sequences[0].simulated, [1, 2.5]);
    assert.deepEqual(only.sequences[0].activations, [0, 3]);
  });

  it('brings OpenAI activation records, of tokens and of token pairs', () => {
    const { records } = readExchange(JSON.stringify(RECORD), 'a.json');
    assert.equal(records[0]?.unit, 'L0N7');
    assert.deepEqual(records[0].random[0]?.activations, [0, 0, -1]);
    assert.deepEqual(records[0].quantiles[0]?.boundaries, [2, 1]);
    assert.equal(records[0].skewness, null);
  });

  it('brings Neuronpedia features and lines of its exports', () => {
    const line = {
      modelId: 'gpt2-small',
      layer: '6-mlp',
      index: 3,
      description: 'dates',
      explanationModelName: 'gpt-4',
    };
    const { explanations, records } = readExchange(
      `${JSON.stringify(FEATURE)}\n${JSON.stringify(line)}\n`,
      'a.jsonl',
    );
    assert.deepEqual(
      explanations.map(({ unit, words, score, by }) => [unit, words, score, by]),
      [
        ['6-res-jb/650', 'mentions of the sea', 0.6, 'Neuronpedia: oai_token-act-pair, gpt-4o'],
        ['L6N3', 'dates', null, 'Neuronpedia: gpt-4'],
      ],
    );
    assert.deepEqual(records[0]?.top, [{ tokens: ['the', ' sea'], activations: [0, 9] }]);
  });

  it('brings scores that Python calls NaN as none, beside an r-squared as 0, and leaves texts alone', () => {
    const constant = JSON.stringify(RESULTS).replace(
      '"ev_correlation_score":0.77',
      '"ev_correlation_score":NaN',
    );
    assert.equal(readExchange(constant, 'a.jsonl').explanations[0]?.score, 0);
    const text = constant
      .replace(/"rsquared_score":[-0-9.]+/gu, '"rsquared_score":NaN')
      .replace('words that begin', 'NaN \\"NaN\\", -Infinity begin');
    for (const whole of [text, `${text}\n${text}\n`]) {
      const { explanations, skipped } = readExchange(whole, 'a.jsonl');
      assert.deepEqual(skipped, []);
      assert.equal(explanations[0]?.score, null);
      assert.equal(explanations[0].words, 'NaN "NaN", -Infinity begin with a vowel.');
    }
  });

  it('brings windows of Neuronpedia, one a line', () => {
    const line = {
      modelId: 'gpt2-small',
      layer: '6-res-jb',
      index: '650',
      tokens: ['a', 'b'],
      values: [0, 2],
    };
    const { records, explanations } = readExchange(
      `${JSON.stringify(line)}\n${JSON.stringify(line)}`,
      'a.jsonl',
    );
    assert.deepEqual(
      records.map(({ unit, top }) => [unit, top]),
      [1, 2].map(() => ['6-res-jb/650', [{ tokens: ['a', 'b'], activations: [0, 2] }]]),
    );
    assert.equal(explanations.length, 0);
  });

  it("brings latents of OpenAI's SAE viewer, with what their removal does to the loss", async () => {
    const sequence = {
      doc_id: 1,
      idx: 1,
      act: 2,
      acts: [0, 2],
      tokens: ['a', 'b'],
      token_ints: [5, 6],
      density: 0.5,
    };
    const atom = {
      density: 0.25,
      mean_act: 1,
      mean_act_squared: 3,
      hist: { 1: 4 },
      random: [sequence],
      top: [{ ...sequence, ablate_loss_diff: [0.5], kl: [0, 0] }],
    };
    const { formats, records } = readExchange(JSON.stringify(atom), '0.json', '8-res/0');
    assert.deepEqual(formats, ['SAE viewer']);
    const [only] = records;
    assert.deepEqual([only?.unit, only?.density, only?.mean, only?.variance], ['8-res/0', 0.25, 1, 2]);
    assert.deepEqual(only?.top, [{ tokens: ['a', 'b'], activations: [0, 2], lossWithout: [0.5, 0] }]);
    assert.deepEqual(only.random, [{ tokens: ['a', 'b'], activations: [0, 2] }]);
    await expectError(() => readExchange(JSON.stringify(atom), '0.json'), 'explain/malformed', 'path');
    const wrong = { ...atom, top: [{ ...sequence, ablate_loss_diff: [1, 2, 3] }] };
    await expectError(
      () => readExchange(JSON.stringify(wrong), '0.json', '8-res/0'),
      'explain/malformed',
      'loss',
    );
  });

  it('brings our own lines', () => {
    const record = someRecord({ score: 0.5 });
    assert.deepEqual(readExchange(printRecord(record), 'a.jsonl').own, [record]);
  });

  it('brings what it can of a file with wrong lines, and says which are left out', () => {
    const file = [printRecord(someRecord({})), '{"x":1}', 'no json'].join('\n');
    const { own, skipped } = readExchange(file, 'a.jsonl');
    assert.equal(own.length, 1);
    assert.equal(skipped.length, 2);
    assert.match(skipped[0] ?? '', /a\.jsonl, line 2: neither NeuronRecord/u);
    assert.match(skipped[1] ?? '', /a\.jsonl, line 3 is not JSON/u);
  });

  const refuse = (name: string, file: string, ...says: string[]): void => {
    it(`refuses ${name}`, () =>
      expectError(() => readExchange(file, 'f.json'), 'explain/malformed', ...says));
  };
  refuse('an empty file', '', 'holds no explanation');
  refuse('other JSON', '{"a":1}', 'its keys are a');
  refuse(
    'activations that are not as many as tokens',
    JSON.stringify({ ...RECORD, random_sample: [{ tokens: ['a', 'b'], activations: [1] }] }),
    'random_sample[0] must be 2 activations (token pairs: 3), found 1',
  );
  refuse(
    'a neuron without number',
    JSON.stringify({ ...RESULTS, neuron_id: { layer_index: -1 } }),
    'neuron_id.layer_index must be a whole number, found -1',
  );

  const scored = { ...someRecord({ score: 0.5 }) };
  const feature = { ...FEATURE, explanations: [{ description: 'x', scores: [{ value: '0.6' }] }] };
  const [simulated] = RESULTS.scored_explanations;
  const withScore = (key: string, value: unknown): string =>
    JSON.stringify({
      ...RESULTS,
      scored_explanations: [
        { ...simulated, scored_simulation: { ...simulated?.scored_simulation, [key]: value } },
      ],
    });
  refuse(
    'a score that is a text',
    withScore('ev_correlation_score', '0.77'),
    'f.json: scored_explanations[0].scored_simulation.ev_correlation_score must be a number, found "0.77"',
  );
  refuse('a score that is a list', withScore('rsquared_score', [1]), 'rsquared_score must be a number');
  refuse("a text for a score of Neuronpedia's", JSON.stringify(feature), 'scores.value must be a number');
  refuse('a text for a mean', JSON.stringify({ ...RECORD, mean: '0.25' }), 'mean must be a number');
  refuse('a text for a score of ours', JSON.stringify({ ...scored, score: '1' }), 'score must be a number');

  it('tells the line of a score that is no number, and brings the others', () => {
    const file = `${JSON.stringify(RESULTS)}\n${withScore('ev_correlation_score', true)}\n`;
    const { explanations, skipped } = readExchange(file, 'a.jsonl');
    assert.equal(explanations.length, 1);
    assert.equal(skipped.length, 1);
    assert.match(skipped[0] ?? '', /^a\.jsonl, line 2: .*ev_correlation_score must be a number, found true/u);
  });

  it('never crashes: whatever the JSON, it is read or refused', () => {
    const anyField = fc.constantFrom(...Object.keys({ ...RESULTS, ...RECORD, ...FEATURE }));
    fc.assert(
      fc.property(fc.constantFrom(RESULTS, RECORD, FEATURE), anyField, fc.jsonValue(), (base, key, value) => {
        try {
          readExchange(JSON.stringify({ ...base, [key]: value }), 'f');
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'explain/malformed');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('files for other tools', () => {
  it('holds a unit as a NeuronRecord that comes back', () => {
    const [back] = readExchange(printNeuronRecord(UNIT, text), 'x').records;
    assert.ok(back);
    assert.equal(back.unit, '3-res/12');
    assert.deepEqual(back.top, [{ tokens: ['\n', ' "x"'], activations: [0, 4] }]);
    assert.deepEqual(back.quantiles[0]?.boundaries, [4, 1]);
    assert.equal(back.kurtosis, 3);
  });

  it('holds explanations as NeuronSimulationResults that come back, without windows that failed', () => {
    const record = someRecord({ unit: 'L1N2', score: 0.5 });
    const sequence = {
      sequence: 1,
      set: 'top',
      source: 's',
      tokens: ['a'],
      activations: [1],
      score: 1,
    } as const;
    const detail: ScoreDetail = {
      id: record.id,
      calibration: { kind: 'none' },
      splits: { train: [], calibration: [], test: [1, 2] },
      sequences: [
        { ...sequence, simulated: [2], failure: null },
        { ...sequence, simulated: null, failure: 'no reply' },
      ],
      calls: [],
    };
    const line = printSimulationResults('L1N2', [{ record, detail }]);
    const [back] = readExchange(line, 'x').explanations;
    assert.deepEqual([back?.unit, back?.words, back?.score], ['L1N2', record.explanation, 0.5]);
    assert.deepEqual(
      back?.sequences.map(({ simulated }) => simulated),
      [[2]],
    );
  });

  it('tells what the best of several scores is of, and takes that back', () => {
    const check = (
      scores: readonly (readonly [string | null, number])[],
      score: number,
      kind?: string,
    ): void => {
      const written = scores.map(([name, value]) => ({ value, explanationScoreTypeName: name }));
      const [explanation] = FEATURE.explanations;
      const feature = { ...FEATURE, explanations: [{ ...explanation, scores: written }] };
      const { explanations } = readExchange(JSON.stringify(feature), 'x');
      assert.deepEqual(
        explanations.map((each) => [each.score, each.scoreKind]),
        [[score, kind]],
      );
      const [kept] = parseWords(printWords('6-res-jb/650', explanations.map(publishedWords)), 'x');
      assert.deepEqual([kept?.score, kept?.scoreKind], [score, kind]);
    };
    check(
      [
        ['recall_alt', 0.6],
        ['eleuther_fuzz', 0.7],
        ['eleuther_recall', 0.5],
      ],
      0.7,
      'fuzz',
    );
    check([['recall_alt', 0.6]], 0.6, 'recall');
    check([['eleuther_embedding', 0.6]], 0.6, 'embedding');
    check([[null, 0.6]], 0.6);
    const record = { ...someRecord({ unit: '3-res/12', score: 0.5 }), scoreKind: 'fuzz' };
    const own = someRecord({ unit: '3-res/12', score: 0.5 });
    for (const each of [record, own]) {
      const [back] = readExchange(printNeuronpedia('tiny', UNIT, [each], text), 'x').explanations;
      assert.equal(back?.scoreKind, each.scoreKind);
      assert.equal(parseRecord(printRecord(each), 'x').scoreKind, each.scoreKind);
    }
  });

  it('tells of scores whether they are of a pattern, and takes that back', () => {
    const words = someRecord({ unit: '3-res/12', score: 0.5 });
    const pattern = { ...words, explanation: 'any token', pattern: '{}', simulatorKind: 'pattern' } as const;
    const both = [words, pattern].map((record) => ({ record, detail: null }));
    for (const line of [
      printSimulationResults('3-res/12', both),
      printNeuronpedia('tiny', UNIT, [words, pattern], text),
    ]) {
      const { explanations } = readExchange(line, 'x');
      assert.deepEqual(
        explanations.map(({ words: said, isPattern }) => [said, isPattern]),
        [
          [words.explanation, undefined],
          ['any token', true],
        ],
      );
      const kept = parseWords(printWords('3-res/12', explanations.map(publishedWords)), 'x');
      assert.deepEqual(
        bestFirst(kept).map(({ words: said, isPattern }) => [said, isPattern]),
        [
          [words.explanation, undefined],
          ['any token', true],
        ],
      );
    }
    assert.doesNotMatch(printSimulationResults('3-res/12', both.slice(0, 1)), /simulated_by/u);
  });

  it('holds a unit as a Neuronpedia feature that comes back', () => {
    const record = someRecord({ unit: '3-res/12', score: 0.5 });
    const { explanations, records } = readExchange(printNeuronpedia('tiny', UNIT, [record], text), 'x');
    assert.deepEqual(
      explanations.map(({ unit, words, score }) => [unit, words, score]),
      [['3-res/12', record.explanation, 0.5]],
    );
    assert.deepEqual(records[0]?.top[0]?.activations, [0, 4]);
  });
});
