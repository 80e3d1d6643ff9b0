import type { JsonObject } from '../../json.ts';
import { parseUnit } from '../../model/units.ts';
import {
  isOfPattern,
  type ExplanationRecord,
  type ScoreDetail,
  type ScoredSequence,
} from '../explanation.ts';
import { orPredictsNothing } from '../scores.ts';
import {
  finiteAt,
  listAt,
  malformed,
  numbersAt,
  objectAt,
  openAiUnit,
  textsAt,
  unitNumbers,
} from './fields.ts';

/** One explanation as another tool scored it. */
export interface ImportedExplanation {
  readonly unit: string;
  readonly words: string;
  /** Correlation over all sequences, or of the kind `scoreKind`; null = none was given. */
  readonly score: number | null;
  /** The score is a trie's, not the words'. */
  readonly isPattern?: true;
  /** What the score is of where it is no correlation, as its publishers call it: `fuzz`, `recall`. */
  readonly scoreKind?: string;
  readonly rSquared: number | null;
  readonly absoluteDeviation: number | null;
  readonly sequences: readonly ScoredSequence[];
  /** The model or person that wrote the words, where the file says so. */
  readonly by: string | null;
}

/** Key of our own beside OpenAI's: what simulated, where it was not the words. */
const SIMULATED_BY = 'simulated_by';

/**
 * OpenAI's NeuronSimulationResults: explanations of one neuron with real and simulated activations.
 * Source: automated-interpretability, neuron-explainer/explanations/explanations.py. @throws explain/malformed
 */
export function readSimulationResults(object: JsonObject, place: string): ImportedExplanation[] {
  const unit = openAiUnit(object, place);
  return listAt(object['scored_explanations'], place, 'scored_explanations').map((each, index) => {
    const field = `scored_explanations[${index}]`;
    const scored = objectAt(each, place, field);
    const words = scored['explanation'];
    if (typeof words !== 'string') throw malformed(place, `${field}.explanation`, 'a text', words);
    const simulation = scored['scored_simulation'];
    const pattern = scored[SIMULATED_BY] === 'pattern' ? ({ isPattern: true } as const) : {};
    if (simulation === undefined || simulation === null) return { ...unscored(unit, words), ...pattern };
    const whole = objectAt(simulation, place, `${field}.scored_simulation`);
    const sequences = listAt(
      whole['scored_sequence_simulations'] ?? [],
      place,
      `${field}.scored_sequence_simulations`,
    );
    const figure = (key: string): number | null =>
      finiteAt(whole[key], place, `${field}.scored_simulation.${key}`);
    const rSquared = figure('rsquared_score');
    return {
      unit,
      words: words.trim(),
      score: orPredictsNothing(figure('ev_correlation_score'), rSquared, 0),
      ...pattern,
      rSquared,
      absoluteDeviation: figure('absolute_dev_explained_score'),
      sequences: sequences.map((sequence, number) => readSequence(sequence, place, number)),
      by: null,
    };
  });
}

function unscored(unit: string, words: string): ImportedExplanation {
  const none = { score: null, rSquared: null, absoluteDeviation: null };
  return { unit, words: words.trim(), ...none, sequences: [], by: null };
}

function readSequence(value: unknown, place: string, number: number): ScoredSequence {
  const field = `scored_sequence_simulations[${number}]`;
  const sequence = objectAt(value, place, field);
  const simulation = objectAt(sequence['simulation'], place, `${field}.simulation`);
  const tokens = textsAt(simulation['tokens'], place, `${field}.simulation.tokens`);
  const simulated = numbersAt(simulation['expected_activations'], place, `${field}.expected_activations`);
  const activations = numbersAt(sequence['true_activations'], place, `${field}.true_activations`);
  if (simulated.length !== tokens.length || activations.length !== tokens.length) {
    throw malformed(place, field, `${tokens.length} activations of each kind`, [
      simulated.length,
      activations.length,
    ]);
  }
  return {
    sequence: number,
    // The published files list five top sequences first.
    set: number < 5 ? 'top' : 'random',
    source: place,
    tokens,
    activations,
    simulated,
    score: finiteAt(sequence['ev_correlation_score'], place, `${field}.ev_correlation_score`),
    failure: null,
  };
}

/**
 * One line of OpenAI's NeuronSimulationResults; units that are no neurons carry their id as `unit`, explanations whose
 * score is a trie's `simulated_by: "pattern"`.
 */
export function printSimulationResults(
  unitId: string,
  scored: readonly { readonly record: ExplanationRecord; readonly detail: ScoreDetail | null }[],
): string {
  const unit = parseUnit(unitId);
  const { layer, index } = unitNumbers(unit);
  return JSON.stringify({
    dataclass_name: 'NeuronSimulationResults',
    neuron_id: { dataclass_name: 'NeuronId', layer_index: layer, neuron_index: index },
    ...(unit.kind === 'neuron' ? {} : { unit: unitId }),
    scored_explanations: scored.map(({ record, detail }) => ({
      dataclass_name: 'ScoredExplanation',
      explanation: record.explanation,
      ...(isOfPattern(record) ? { [SIMULATED_BY]: 'pattern' } : {}),
      scored_simulation: {
        dataclass_name: 'ScoredSimulation',
        scored_sequence_simulations: (detail?.sequences ?? []).flatMap(printSequence),
        ev_correlation_score: record.score,
        rsquared_score: record.scores?.topAndRandom?.rSquared?.value ?? null,
        absolute_dev_explained_score: record.scores?.topAndRandom?.absoluteDeviation?.value ?? null,
      },
    })),
  });
}

/** A window that failed has no simulation to write. */
function printSequence(sequence: ScoredSequence): unknown[] {
  if (!sequence.simulated) return [];
  return [
    {
      dataclass_name: 'ScoredSequenceSimulation',
      simulation: {
        dataclass_name: 'SequenceSimulation',
        tokens: sequence.tokens,
        expected_activations: sequence.simulated,
        activation_scale: 'neuron_activations',
        distribution_values: [],
        distribution_probabilities: [],
        uncalibrated_simulation: null,
      },
      true_activations: sequence.activations,
      ev_correlation_score: sequence.score,
      rsquared_score: null,
      absolute_dev_explained_score: null,
    },
  ];
}
