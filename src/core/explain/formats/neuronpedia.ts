import { isJsonObject, type JsonObject } from '../../json.ts';
import { formatUnit } from '../../model/units.ts';
import { familyId, placeOf } from '../../records/family.ts';
import type { UnitRecords } from '../../records/records.ts';
import { SIMULATOR_KINDS, type ExplanationRecord } from '../explanation.ts';
import { finiteAt, listAt, malformed, numbersAt, objectAt, textsAt } from './fields.ts';
import type { ImportedRecord } from './neuronRecord.ts';
import type { ImportedExplanation } from './simulationResults.ts';

/** What a Neuronpedia feature, or a line of its bulk exports, says of one unit. */
export interface ImportedFeature {
  readonly model: string | null;
  readonly unit: string;
  readonly explanations: readonly ImportedExplanation[];
  readonly activations: readonly ImportedRecord[];
  readonly density: number | null;
}

const NEURONS = /^(\d+)(?:-mlp(?:-neurons)?)?$/;

/** Whether an object is a feature, or an explanation of the bulk export. */
export function isNeuronpedia(object: JsonObject): boolean {
  return 'modelId' in object && 'layer' in object && 'index' in object;
}

/**
 * A feature of Neuronpedia's API or a line of its exports: of `features`, of `explanations` (whose embeddings are left
 * out), or of `activations` (one window a line).
 * `{n}` and `{n}-mlp` are neurons of layer n there. @throws explain/malformed
 */
export function readNeuronpedia(object: JsonObject, place: string): ImportedFeature {
  const { modelId, layer, index, description } = object;
  if (typeof layer !== 'string') throw malformed(place, 'layer', 'a text such as 6-res-jb', layer);
  const number = Number(index);
  const counted = (typeof index === 'string' && /^\d+$/u.test(index)) || typeof index === 'number';
  if (!counted || !Number.isSafeInteger(number) || number < 0)
    throw malformed(place, 'index', 'a whole number', index);
  const neurons = NEURONS.exec(layer);
  const unit = neurons ? `L${neurons[1]}N${number}` : `${layer}/${number}`;
  const inner = object['explanations'];
  const listed =
    typeof description === 'string'
      ? [object]
      : inner === undefined
        ? []
        : listAt(inner, place, 'explanations');
  const activations = object['activations'];
  return {
    model: typeof modelId === 'string' ? modelId : null,
    unit,
    explanations: listed.flatMap((each) => (isJsonObject(each) ? readExplanation(each, unit, place) : [])),
    activations: [
      ...(activations === undefined
        ? []
        : listAt(activations, place, 'activations').map((each, at) =>
            readActivation(each, place, `activations[${at}].`),
          )),
      ...('tokens' in object && 'values' in object ? [readActivation(object, place, '')] : []),
    ],
    density: finiteAt(object['frac_nonzero'], place, 'frac_nonzero'),
  };
}

function readExplanation(object: JsonObject, unit: string, place: string): ImportedExplanation[] {
  const { description, typeName, explanationModelName, scores } = object;
  if (typeof description !== 'string' || description.trim() === '') return [];
  const scored = (Array.isArray(scores) ? (scores as readonly unknown[]) : []).filter(isJsonObject);
  const values = scored.flatMap((each) => {
    const value = finiteAt(each['value'], place, 'scores.value');
    return value === null ? [] : [{ value, kind: scoreKindOf(each['explanationScoreTypeName']) }];
  });
  // Its scores are of several kinds; the best one is what it shows as a badge.
  const [best] = values.toSorted((a, b) => b.value - a.value);
  // As `printNeuronpedia` writes it.
  const isPattern = scored.some((score) => score['explanationScoreTypeName'] === 'pattern');
  const names = [typeName, explanationModelName].filter((name) => typeof name === 'string' && name !== '');
  return [
    {
      unit,
      words: description.trim(),
      score: best?.value ?? null,
      ...(best?.kind === undefined ? {} : { scoreKind: best.kind }),
      ...(isPattern ? { isPattern: true } : {}),
      rSquared: null,
      absoluteDeviation: null,
      sequences: [],
      by: ['Neuronpedia', names.join(', ')].filter((part) => part !== '').join(': '),
    },
  ];
}

/** A longer name would be no name of a kind. */
const LONGEST_KIND = 32;

/**
 * `eleuther_fuzz` -> `fuzz`, `recall_alt` -> `recall`; undefined for what is written for our own scores, which are
 * correlations or a pattern's, and for none.
 */
function scoreKindOf(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_KIND) return undefined;
  if ((SIMULATOR_KINDS as readonly string[]).includes(name)) return undefined;
  return name
    .replace(/^eleuther_/u, '')
    .replace(/_alt$/u, '')
    .replaceAll('_', ' ');
}

function readActivation(value: unknown, place: string, at: string): ImportedRecord {
  const object = objectAt(value, place, at === '' ? 'the line' : at.slice(0, -1));
  const tokens = textsAt(object['tokens'], place, `${at}tokens`);
  const activations = numbersAt(object['values'], place, `${at}values`);
  if (tokens.length === activations.length) return { tokens, activations };
  throw malformed(place, `${at}values`, `${tokens.length} numbers`, activations.length);
}

/** One unit as a Neuronpedia feature. `bins` of its histogram are right ends. */
export function printNeuronpedia(
  model: string,
  records: UnitRecords,
  explanations: readonly ExplanationRecord[],
  text: (id: number) => string,
): string {
  const { family, index } = placeOf(records.unit);
  const layer = familyId(family);
  const { statistics } = records;
  const { width, counts } = statistics.histogram;
  return JSON.stringify({
    modelId: model,
    layer,
    index: String(index),
    maxActApprox: statistics.max,
    frac_nonzero: statistics.density,
    freq_hist_data_bar_values: counts.map((_, bin) => (bin + 0.5) * width),
    freq_hist_data_bar_heights: counts,
    explanations: explanations.map((record) => ({
      modelId: model,
      layer,
      index: String(index),
      description: record.explanation,
      typeName: record.explainerKind,
      explanationModelName: record.explainer,
      scores:
        record.score === null
          ? []
          : [{ value: record.score, explanationScoreTypeName: record.scoreKind ?? record.simulatorKind }],
    })),
    activations: records.top.map((record) => ({
      id: `${formatUnit(records.unit)}#${record.sequence}`,
      tokens: record.ids.map(text),
      values: [...record.activations],
      maxValue: record.activations.reduce((max, value) => Math.max(max, value), 0),
      maxValueTokenIndex: record.activations.indexOf(
        record.activations.reduce((max, value) => Math.max(max, value), 0),
      ),
      dataIndex: String(record.sequence),
    })),
  });
}
