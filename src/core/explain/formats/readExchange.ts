import { InterpError } from '../../errors.ts';
import { isJsonObject, parseJsonObject, type JsonObject } from '../../json.ts';
import type { ExplanationRecord } from '../explanation.ts';
import { parseRecord } from '../recordJson.ts';
import { isNeuronpedia, readNeuronpedia } from './neuronpedia.ts';
import { readNeuronRecord, type ImportedRecords } from './neuronRecord.ts';
import { readSimulationResults, type ImportedExplanation } from './simulationResults.ts';
import { parsePythonJson } from './pythonJson.ts';
import { isViewerAtom, readViewerAtom } from './viewerAtoms.ts';

/** Everything that one file of another tool (or of ours) brings. */
export interface Exchange {
  /** `NeuronRecord`, `NeuronSimulationResults`, `Neuronpedia`, `SAE viewer`, `Underglass`; several when lines differ. */
  readonly formats: readonly string[];
  readonly explanations: readonly ImportedExplanation[];
  readonly records: readonly ImportedRecords[];
  readonly own: readonly ExplanationRecord[];
  /** Lines that were left out, with the reason. */
  readonly skipped: readonly string[];
}

/** What is read so far; `add` takes one object after the other. */
export interface ExchangeReader {
  /** @param line the object's own text, for lines of ours. @throws explain/malformed */
  add(object: JsonObject, place: string, line: () => string): void;
  /** What was read elsewhere. */
  take(more: {
    readonly explanations: readonly ImportedExplanation[];
    readonly records: readonly ImportedRecords[];
    readonly own?: readonly ExplanationRecord[];
  }): void;
  readonly found: Omit<Exchange, 'formats' | 'skipped'> & { readonly formats: ReadonlySet<string> };
}

/** @param unit of which unit a file is whose content does not say so, as its path tells; null = not known */
export function exchangeReader(unit: string | null = null): ExchangeReader {
  const formats = new Set<string>();
  const explanations: ImportedExplanation[] = [];
  const records: ImportedRecords[] = [];
  const own: ExplanationRecord[] = [];
  return {
    found: { formats, explanations, records, own },
    take: (more) => {
      for (const each of more.explanations) explanations.push(each);
      for (const each of more.records) records.push(each);
      for (const each of more.own ?? []) own.push(each);
    },
    add: (object, place, line) => {
      const format = formatOf(object);
      if (format === 'NeuronSimulationResults') explanations.push(...readSimulationResults(object, place));
      else if (format === 'NeuronRecord') records.push(readNeuronRecord(object, place));
      else if (format === 'Underglass') own.push(parseRecord(line(), place));
      else if (format === 'SAE viewer') records.push(readViewerAtom(object, unit ?? noUnit(place), place));
      else if (format === 'Neuronpedia') {
        const feature = readNeuronpedia(object, place);
        explanations.push(...feature.explanations);
        if (feature.activations.length > 0) records.push(asRecords(feature));
      } else throw unknownFormat(place, object);
      formats.add(format);
    },
  };
}

/**
 * Reads one JSON object, a JSON list of objects, or JSON lines. A wrong line of many is skipped and said; a file
 * without any right one is an error. @throws explain/malformed
 */
export function readExchange(text: string, file: string, unit: string | null = null): Exchange {
  const { add, found } = exchangeReader(unit);
  const skipped: string[] = [];
  let failure: unknown = null;
  for (const { place, read, line } of pieces(text, file)) {
    try {
      add(read(), place, line);
    } catch (error) {
      failure ??= error;
      skipped.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (found.formats.size === 0) {
    throw failure instanceof InterpError
      ? failure
      : new InterpError('explain/malformed', `${file} holds no explanation and no record.`, {
          data: { file },
        });
  }
  return { ...found, formats: [...found.formats], skipped };
}

interface Piece {
  readonly place: string;
  read(): JsonObject;
  line(): string;
}

function pieces(text: string, file: string): Piece[] {
  const whole = wholeValue(text);
  if (whole !== undefined) {
    const list: readonly unknown[] = Array.isArray(whole) ? whole : [whole];
    return list.map((value, index) => {
      const place = list.length === 1 ? file : `${file}, entry ${index + 1}`;
      const line = (): string => JSON.stringify(value);
      const read = (): JsonObject =>
        isJsonObject(value) ? value : parseJsonObject(line(), { file: place, code: 'explain/malformed' });
      return { place, line, read };
    });
  }
  return text.split('\n').flatMap((line, index): Piece[] => {
    if (line.trim() === '') return [];
    const place = `${file}, line ${index + 1}`;
    return [{ place, read: () => readLine(line, place), line: () => line }];
  });
}

/** One JSON object on a line, as Python writes it. @throws explain/malformed */
export function readLine(line: string, place: string): JsonObject {
  const value = wholeValue(line);
  // Parsed again for what the message says.
  return isJsonObject(value) ? value : parseJsonObject(line, { file: place, code: 'explain/malformed' });
}

/** Undefined when the text is not one JSON value. */
function wholeValue(text: string): unknown {
  try {
    return parsePythonJson(text);
  } catch {
    return undefined;
  }
}

function formatOf(object: JsonObject): string | null {
  if ('scored_explanations' in object) return 'NeuronSimulationResults';
  if ('most_positive_activation_records' in object) return 'NeuronRecord';
  if (isNeuronpedia(object)) return 'Neuronpedia';
  if (isViewerAtom(object)) return 'SAE viewer';
  if (object['version'] === 1 && 'explanation' in object && 'unit' in object) return 'Underglass';
  return null;
}

function asRecords(feature: ReturnType<typeof readNeuronpedia>): ImportedRecords {
  const none = { mean: null, variance: null, skewness: null, kurtosis: null };
  const { unit, activations: top, density } = feature;
  return { unit, top, random: [], quantiles: [], density, ...none };
}

function noUnit(place: string): never {
  throw new InterpError(
    'explain/malformed',
    `${place} is of OpenAI's SAE viewer and does not say of which latent: keep its path, such as v5_32k/layer_8/resid_post_mlp/atoms/0.json.`,
    { data: { file: place } },
  );
}

function unknownFormat(place: string, object: JsonObject): InterpError {
  const keys = Object.keys(object).slice(0, 6).join(', ');
  return new InterpError(
    'explain/malformed',
    `${place}: neither NeuronRecord, NeuronSimulationResults, Neuronpedia, OpenAI's SAE viewer nor Underglass; its keys are ${keys || 'none'}.`,
    { data: { file: place, keys } },
  );
}
