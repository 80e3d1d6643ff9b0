import { InterpError } from '../errors.ts';
import { isJsonObject, parseJsonObject, quote, readFields, type JsonObject } from '../json.ts';
import { hashText } from '../world/rng.ts';
import {
  EXPLAINER_KINDS,
  SIMULATOR_KINDS,
  type BinaryScores,
  type Cost,
  type ExplanationRecord,
  type Failure,
  type Score,
  type Scores,
  type SimulationScores,
} from './explanation.ts';
import { finiteAt } from './formats/fields.ts';
import { orPredictsNothing } from './scores.ts';

/** No cost: nothing was sent. */
export const FREE: Cost = { requests: 0, promptTokens: 0, completionTokens: 0 };

/** Correlation of words that say the same of every token. */
const NOTHING: Score = { value: 0, low: 0, high: 0 };

/** Identity of an explanation: the same words (or trie) of the same explainer for the same unit. 16 hexadecimal digits. */
export function explanationId(
  record: Pick<ExplanationRecord, 'unit' | 'explainer' | 'explanation' | 'pattern'>,
): string {
  const text = JSON.stringify([record.unit, record.explainer, record.explanation, record.pattern]);
  return [text, `\n${text}`].map((each) => hashText(each).toString(16).padStart(8, '0')).join('');
}

/** One line without its end. Keys in one fixed order, so that a line changes only where a value does. */
export function printRecord(record: ExplanationRecord): string {
  const { version, id, unit, explanation, explainer, explainerKind, pattern, simulator, simulatorKind } =
    record;
  const { score, scoreKind, scores, sequences, failures, cost, revises, from } = record;
  const named = {
    version,
    id,
    unit,
    explanation,
    explainer,
    explainerKind,
    pattern,
    simulator,
    simulatorKind,
  };
  return JSON.stringify({ ...named, score, scoreKind, scores, sequences, failures, cost, revises, from });
}

/** @param place file and line, for the message. @throws explain/malformed */
export function parseRecord(line: string, place: string): ExplanationRecord {
  const at = { file: place, code: 'explain/malformed' } as const;
  const object = parseJsonObject(line, at);
  const fields = readFields(object, at);
  const text = (key: string): string => fields.text(key) ?? fields.fail(key, 'a string');
  if (fields.optionalInteger('version') !== 1) fields.fail('version', '1');
  const unit = text('unit');
  const explanation = text('explanation');
  const explainer = text('explainer');
  const pattern = fields.text('pattern');
  const simulatorKind = fields.text('simulatorKind');
  const scoreKind = fields.text('scoreKind');
  const from = fields.object('from') ?? {};
  const scores = parseScores(fields.object('scores'), place);
  const topAndRandom = scores?.topAndRandom;
  return {
    version: 1,
    id: explanationId({ unit, explanation, explainer, pattern }),
    unit,
    explanation,
    explainer,
    explainerKind: oneOf(EXPLAINER_KINDS, text('explainerKind'), 'explainerKind', place),
    pattern,
    simulator: fields.text('simulator'),
    simulatorKind:
      simulatorKind === null ? null : oneOf(SIMULATOR_KINDS, simulatorKind, 'simulatorKind', place),
    score: orPredictsNothing(finiteAt(object['score'], place, 'score'), topAndRandom?.rSquared ?? null, 0),
    ...(scoreKind === null ? {} : { scoreKind }),
    scores,
    sequences: fields.optionalInteger('sequences') ?? 0,
    failures: list(object['failures']).map(parseFailure),
    cost: parseCost(fields.object('cost')),
    revises: fields.text('revises'),
    from: {
      model: textOr(from['model'], ''),
      sae: textOrNull(from['sae']),
      index: textOrNull(from['index']),
    },
  };
}

function oneOf<T extends string>(known: readonly T[], value: string, key: string, place: string): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  throw new InterpError(
    'explain/malformed',
    `${place}: "${key}" is ${quote(value)}; known are ${known.join(', ')}.`,
    {
      data: { file: place, key },
    },
  );
}

function parseScores(object: JsonObject | null, place: string): Scores | null {
  if (!object) return null;
  const ablation = object['ablation'];
  return {
    topAndRandom: parseSimulation(object['topAndRandom'], place),
    randomOnly: parseSimulation(object['randomOnly'], place),
    detection: parseBinary(object['detection'], place),
    fuzzing: parseBinary(object['fuzzing'], place),
    ablation: isJsonObject(ablation)
      ? {
          topAndRandom: parseScore(ablation['topAndRandom'], place),
          randomOnly: parseScore(ablation['randomOnly'], place),
        }
      : null,
    pairs: parseBinary(object['pairs'], place),
  };
}

function parseSimulation(value: unknown, place: string): SimulationScores | null {
  if (!isJsonObject(value)) return null;
  const rSquared = parseScore(value['rSquared'], place);
  return {
    correlation: orPredictsNothing(parseScore(value['correlation'], place), rSquared, NOTHING),
    rSquared,
    absoluteDeviation: parseScore(value['absoluteDeviation'], place),
    sequences: numberOrNull(value['sequences']) ?? 0,
  };
}

function parseBinary(value: unknown, place: string): BinaryScores | null {
  if (!isJsonObject(value)) return null;
  const accuracy = parseScore(value['accuracy'], place);
  if (!accuracy) return null;
  return {
    accuracy,
    f1: parseScore(value['f1'], place),
    auc: parseScore(value['auc'], place),
    examples: numberOrNull(value['examples']) ?? 0,
  };
}

function parseScore(value: unknown, place: string): Score | null {
  if (!isJsonObject(value)) return null;
  const read = (key: string): number | null => finiteAt(value[key], place, `scores: ${key}`);
  const [middle, low, high] = [read('value'), read('low'), read('high')];
  if (middle === null) return null;
  return { value: middle, low: low ?? middle, high: high ?? middle };
}

function parseFailure(value: unknown): Failure {
  const object = isJsonObject(value) ? value : {};
  return {
    sequence: numberOrNull(object['sequence']),
    reason: textOr(object['reason'], 'no reason was kept'),
  };
}

function parseCost(object: JsonObject | null): Cost {
  const read = (key: keyof Cost): number => numberOrNull(object?.[key]) ?? 0;
  return {
    requests: read('requests'),
    promptTokens: read('promptTokens'),
    completionTokens: read('completionTokens'),
  };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
