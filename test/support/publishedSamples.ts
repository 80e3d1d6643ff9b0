import { gzipSync } from 'node:zlib';

/** Files in the layouts of their publishers, made by hand. */

/** A line of OpenAI's `explanations/{layer}/{neuron}.jsonl` (NeuronSimulationResults). */
export function openaiExplanations(layer: number, neuron: number, words: string, score: number): string {
  const sequence = {
    dataclass_name: 'ScoredSequenceSimulation',
    simulation: {
      dataclass_name: 'SequenceSimulation',
      tokens: ['the', ' sea'],
      expected_activations: [0, 2],
      activation_scale: 'neuron_activations',
      distribution_values: [[0], [10]],
      distribution_probabilities: [[1], [1]],
      uncalibrated_simulation: null,
    },
    true_activations: [-0.1, 3],
    ev_correlation_score: 1,
    rsquared_score: 0.8,
    absolute_dev_explained_score: 0.5,
  };
  return `${JSON.stringify({
    dataclass_name: 'NeuronSimulationResults',
    neuron_id: { dataclass_name: 'NeuronId', layer_index: layer, neuron_index: neuron },
    scored_explanations: [
      {
        dataclass_name: 'ScoredExplanation',
        explanation: ` ${words}`,
        scored_simulation: {
          dataclass_name: 'ScoredSimulation',
          scored_sequence_simulations: [sequence],
          ev_correlation_score: score,
          rsquared_score: 0.5,
          absolute_dev_explained_score: 0.4,
        },
      },
    ],
  })}\n`;
}

/** OpenAI's `collated-activations/{layer}/{index}.json` (NeuronRecord). */
export function openaiRecord(layer: number, index: number, top: readonly number[] = [0, 4]): string {
  const record = (activations: readonly number[]) => ({
    dataclass_name: 'ActivationRecord',
    tokens: ['a', 'b'],
    activations,
  });
  return JSON.stringify({
    dataclass_name: 'NeuronRecord',
    neuron_id: { dataclass_name: 'NeuronId', layer_index: layer, neuron_index: index },
    random_sample: [record([0, 0])],
    random_sample_by_quantile: [[record([0, 1])]],
    quantile_boundaries: [0.5, 1.5],
    mean: 0.1,
    variance: 1,
    skewness: 0,
    kurtosis: 3,
    most_positive_activation_records: [record(top)],
  });
}

/** OpenAI's SAE viewer: `atoms/{id}.json`, with effects `atoms/{id}-ablated.json`. */
export function viewerAtom(options: { readonly ablated: boolean }): string {
  const sequence = {
    doc_id: 7,
    idx: 1,
    act: 2.5,
    acts: [0, 2.5],
    tokens: ['x', ' y'],
    token_ints: [87, 331],
    density: 0.01,
    ...(options.ablated ? { ablate_loss_diff: [0, 0.25], kl: [0, 0.125] } : {}),
  };
  const info = { density: 0.02, mean_act: 0.05, mean_act_squared: 0.3, hist: { 1: 4, 13: 1 } };
  return JSON.stringify({ ...info, random: [sequence], top: [sequence] });
}

export interface ExportLine {
  readonly index: number;
  readonly words: string;
  readonly by?: string;
  /** Of one of the publisher's kinds; without it there are no scores. */
  readonly score?: number;
}

/** `explanations/batch-{n}.jsonl.gz` of Neuronpedia's exports, embeddings and all. */
export function exportedExplanations(model: string, layer: string, lines: readonly ExportLine[]): Buffer {
  const text = lines.map(({ index, words, score, by = 'gpt-4o-mini' }) =>
    JSON.stringify({
      id: `cl${index}`,
      modelId: model,
      layer,
      index: String(index),
      embedding: [0.25, -0.5],
      description: words,
      notes: null,
      typeName: 'oai_token-act-pair',
      explanationModelName: by,
      ...(score === undefined ? {} : { scores: [{ value: score, explanationScoreTypeName: 'recall_alt' }] }),
    }),
  );
  return gzipSync(text.map((line) => `${line}\n`).join(''));
}

/** `activations/batch-{n}.jsonl.gz`: a window a line. */
export function exportedActivations(model: string, layer: string, indexes: readonly number[]): Buffer {
  const text = indexes.map((index) =>
    JSON.stringify({
      id: `act${index}`,
      modelId: model,
      layer,
      index: String(index),
      tokens: ['u', ' v'],
      values: [0, index + 1],
      maxValue: index + 1,
      maxValueTokenIndex: 1,
      minValue: 0,
      binMin: null,
      binMax: null,
    }),
  );
  return gzipSync(text.map((line) => `${line}\n`).join(''));
}

/** What Neuronpedia's API answers of one feature. */
export function apiFeature(model: string, layer: string, index: number, words: string): unknown {
  return {
    modelId: model,
    layer,
    index: String(index),
    maxActApprox: 9,
    frac_nonzero: 0.002,
    explanations: [
      {
        description: words,
        typeName: 'oai_token-act-pair',
        explanationModelName: 'gpt-4o-mini',
        scores: [{ value: 0.62, explanationScoreTypeName: 'recall_alt' }],
      },
    ],
    activations: [{ tokens: ['m', ' n'], values: [0, 9], maxValue: 9 }],
  };
}
