import type { JsonObject } from '../../json.ts';
import { formatUnit } from '../../model/units.ts';
import type { ActivationRecord, UnitRecords } from '../../records/records.ts';
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

/** Tokens and activations as published: texts, no ids. */
export interface ImportedRecord {
  readonly tokens: readonly string[];
  /** Per token, or for token pairs the lower triangle row by row. */
  readonly activations: readonly number[];
  /** Loss at each token with the latent removed minus with it, nats, where the file says so. */
  readonly lossWithout?: readonly number[];
}

/** What another tool collected of one unit. */
export interface ImportedRecords {
  readonly unit: string;
  readonly top: readonly ImportedRecord[];
  readonly random: readonly ImportedRecord[];
  readonly quantiles: readonly {
    readonly boundaries: readonly number[];
    readonly records: readonly ImportedRecord[];
  }[];
  /** Share of tokens with activation. */
  readonly density?: number | null;
  readonly mean: number | null;
  readonly variance: number | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
}

/**
 * OpenAI's NeuronRecord. Source: automated-interpretability, neuron-explainer/activations/activations.py.
 * @throws explain/malformed
 */
export function readNeuronRecord(object: JsonObject, place: string): ImportedRecords {
  const byQuantile = object['random_sample_by_quantile'];
  const boundaries = object['quantile_boundaries'];
  const groups =
    byQuantile === null || byQuantile === undefined
      ? []
      : listAt(byQuantile, place, 'random_sample_by_quantile');
  const edges = Array.isArray(boundaries) ? (boundaries as readonly unknown[]) : [];
  return {
    unit: openAiUnit(object, place),
    top: readRecords(object['most_positive_activation_records'], place, 'most_positive_activation_records'),
    random: readRecords(object['random_sample'] ?? [], place, 'random_sample'),
    quantiles: groups.map((group, index) => ({
      boundaries: [edges[index], edges[index + 1]].flatMap(
        (edge) => finiteAt(edge, place, 'quantile_boundaries') ?? [],
      ),
      records: readRecords(group, place, `random_sample_by_quantile[${index}]`),
    })),
    mean: finiteAt(object['mean'], place, 'mean'),
    variance: finiteAt(object['variance'], place, 'variance'),
    skewness: finiteAt(object['skewness'], place, 'skewness'),
    kurtosis: finiteAt(object['kurtosis'], place, 'kurtosis'),
  };
}

function readRecords(value: unknown, place: string, field: string): ImportedRecord[] {
  return listAt(value, place, field).map((each, index) => {
    const at = `${field}[${index}]`;
    const record = objectAt(each, place, at);
    const tokens = textsAt(record['tokens'], place, `${at}.tokens`);
    const activations = numbersAt(record['activations'], place, `${at}.activations`);
    const triangle = (tokens.length * (tokens.length + 1)) / 2;
    if (activations.length === tokens.length || activations.length === triangle)
      return { tokens, activations };
    throw malformed(place, at, `${tokens.length} activations (token pairs: ${triangle})`, activations.length);
  });
}

/** A unit of an index as one NeuronRecord object; units that are no neurons carry their id as `unit`. */
export function printNeuronRecord(records: UnitRecords, text: (id: number) => string): string {
  const { unit, statistics } = records;
  const { layer, index } = unitNumbers(unit);
  const print = (list: readonly ActivationRecord[]): unknown[] =>
    list.map((record) => ({
      dataclass_name: 'ActivationRecord',
      tokens: record.ids.map(text),
      activations: [...(record.pairs ?? record.activations)],
    }));
  const { mean, variance, skewness, kurtosis } = statistics.central;
  const lows = records.quantiles.map(({ low }) => low);
  return JSON.stringify({
    dataclass_name: 'NeuronRecord',
    neuron_id: { dataclass_name: 'NeuronId', layer_index: layer, neuron_index: index },
    ...(unit.kind === 'neuron' ? {} : { unit: formatUnit(unit) }),
    random_sample: print(records.random),
    random_sample_by_quantile: records.quantiles.map((group) => print(group.records)),
    quantile_boundaries: [...records.quantiles.map(({ high }) => high), ...lows.slice(-1)],
    mean,
    variance,
    skewness,
    kurtosis,
    most_positive_activation_records: print(records.top),
  });
}
