import { basename } from 'node:path';
import type { ExplanationRecord, Provenance, ScoreDetail } from '../../core/explain/explanation.ts';
import { printNeuronpedia } from '../../core/explain/formats/neuronpedia.ts';
import { printNeuronRecord, type ImportedRecords } from '../../core/explain/formats/neuronRecord.ts';
import { readExchange } from '../../core/explain/formats/readExchange.ts';
import {
  printSimulationResults,
  type ImportedExplanation,
} from '../../core/explain/formats/simulationResults.ts';
import { explanationId, FREE, printRecord } from '../../core/explain/recordJson.ts';
import { formatUnit } from '../../core/model/units.ts';
import { familyId, findUnit, placeOf } from '../../core/records/family.ts';
import type { RecordsIndex } from '../../core/records/records.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { EngineExplain, ExchangeFormat } from '../../protocol/explainContract.ts';
import type { Evidence } from '../../runtime/explanations/evidence.ts';
import type { ImportedStore } from '../../runtime/explanations/importedRecords.ts';
import type { ExplanationStore } from '../../runtime/explanations/store.ts';
import { readTextFile } from '../../runtime/files/textFile.ts';
import type { OpenModel } from '../openModel.ts';
import { groupByUnit, type CurrentProvenance } from './storeWords.ts';
import { byFamily } from './unitPatterns.ts';

export interface ExchangeSources {
  readonly store: ExplanationStore;
  readonly evidence: Evidence;
  readonly provenance: CurrentProvenance;
  readonly imported: ImportedStore;
}

/** Explanations of another tool become records of this model, with their scores. @throws explain/malformed, file/* */
export async function importExplanations(
  model: OpenModel,
  file: string,
  { store, evidence, provenance, imported }: ExchangeSources,
): Promise<EngineExplain['explain/import']['result']> {
  const exchange = readExchange(await readTextFile(file), file);
  const skipped = [...exchange.skipped];
  const space = unitSpace(model);
  const families = new Map<string, { record: ExplanationRecord; detail: ScoreDetail | null }[]>();
  const take = (
    text: string,
    make: (unit: string, family: string) => { record: ExplanationRecord; detail: ScoreDetail | null },
  ): void => {
    try {
      const unit = findUnit(text, space);
      const family = familyId(placeOf(unit).family);
      const made = make(formatUnit(unit), family);
      const others = families.get(family);
      if (others) others.push(made);
      else families.set(family, [made]);
    } catch (error) {
      skipped.push(error instanceof Error ? error.message : String(error));
    }
  };
  for (const record of exchange.own) {
    take(record.unit, (unit) => ({
      record: { ...record, unit, id: explanationId({ ...record, unit }) },
      detail: null,
    }));
  }
  for (const explanation of exchange.explanations) {
    take(explanation.unit, (unit) => asRecord(explanation, unit));
  }
  for (const [family, made] of families) {
    const { model: name, sae } = await provenance(model, family);
    const from = { model: name, sae, index: null };
    const records = made.map(({ record }) => (record.from === UNKNOWN ? { ...record, from } : record));
    await store.put(model.info.name, family, lastOfEach(records));
    for (const { detail } of made) if (detail) await evidence.write(model.info.name, detail);
  }
  const units = await importRecords(model, file, { records: exchange.records, imported, skipped });
  const explanations = [...families.values()].reduce((sum, made) => sum + made.length, 0);
  return { format: exchange.formats.join(', '), explanations, records: units, skipped };
}

/** @returns units whose records are kept. @throws file/unwritable */
async function importRecords(
  model: OpenModel,
  file: string,
  asked: {
    readonly records: readonly ImportedRecords[];
    readonly imported: ImportedStore;
    readonly skipped: string[];
  },
): Promise<number> {
  const space = unitSpace(model);
  const byUnit = new Map<string, ImportedRecords[]>();
  for (const each of asked.records) {
    try {
      const unit = formatUnit(findUnit(each.unit, space));
      const others = byUnit.get(unit);
      if (others) others.push(each);
      else byUnit.set(unit, [each]);
    } catch (error) {
      asked.skipped.push(error instanceof Error ? error.message : String(error));
    }
  }
  for (const [unit, records] of byUnit) {
    await asked.imported.write(model.info.name, unit, { source: basename(file), records });
  }
  return byUnit.size;
}

/** Lines of one file that say the same of one unit are one record. */
function lastOfEach(records: readonly ExplanationRecord[]): ExplanationRecord[] {
  return [...new Map(records.map((record) => [record.id, record])).values()];
}

/** Another tool does not say of which weights its explanations are: they count for the model that is open. */
const UNKNOWN: Provenance = { model: '', sae: null, index: null };

function asRecord(
  imported: ImportedExplanation,
  unit: string,
): { readonly record: ExplanationRecord; readonly detail: ScoreDetail | null } {
  const explainer = imported.by ?? 'imported';
  const named = { unit, explanation: imported.words, explainer, pattern: null };
  const id = explanationId(named);
  const exact = (value: number | null) => (value === null ? null : { value, low: value, high: value });
  const isCorrelation =
    imported.scoreKind === undefined && (imported.score !== null || imported.sequences.length > 0);
  const hasScores = imported.score !== null || imported.sequences.length > 0;
  const record: ExplanationRecord = {
    version: 1,
    id,
    ...named,
    explainerKind: 'imported',
    simulator: hasScores ? 'imported' : null,
    simulatorKind: imported.isPattern === true ? 'pattern' : hasScores ? 'imported' : null,
    score: imported.score,
    ...(imported.scoreKind === undefined ? {} : { scoreKind: imported.scoreKind }),
    scores: isCorrelation
      ? {
          topAndRandom: {
            correlation: exact(imported.score),
            rSquared: exact(imported.rSquared),
            absoluteDeviation: exact(imported.absoluteDeviation),
            sequences: imported.sequences.length,
          },
          randomOnly: null,
          detection: null,
          fuzzing: null,
          ablation: null,
          pairs: null,
        }
      : null,
    sequences: imported.sequences.length,
    failures: [],
    cost: FREE,
    revises: null,
    from: UNKNOWN,
  };
  if (imported.sequences.length === 0) return { record, detail: null };
  const splits = { train: [], calibration: [], test: [] };
  return {
    record,
    detail: { id, calibration: { kind: 'none' }, splits, sequences: imported.sequences, calls: [] },
  };
}

/** JSON lines, one for each unit that has something to say in the format. */
export async function exportUnits(
  model: OpenModel,
  units: readonly string[],
  format: ExchangeFormat,
  {
    store,
    evidence,
    indexOf,
  }: Pick<ExchangeSources, 'store' | 'evidence'> & {
    indexOf(family: string): Promise<RecordsIndex | null>;
  },
): Promise<string> {
  const space = unitSpace(model);
  const text = (id: number): string => model.tokenizer.text(id);
  const lines: string[] = [];
  for (const [family, members] of byFamily(units, space)) {
    const { records } = await store.family(model.info.name, family);
    const isStored = format === 'simulation-results' || format === 'underglass';
    const index = isStored ? null : await indexOf(family);
    const byUnit = groupByUnit(records);
    for (const unit of members) {
      const own = byUnit.get(unit) ?? [];
      if (format === 'underglass') {
        lines.push(...own.map(printRecord));
      } else if (format === 'simulation-results') {
        if (own.length > 0) lines.push(printSimulationResults(unit, await withDetails(model, own, evidence)));
      } else if (index) {
        const found = await index.unit(findUnit(unit, space));
        lines.push(
          format === 'neuron-record'
            ? printNeuronRecord(found, text)
            : printNeuronpedia(model.info.name, found, own, text),
        );
      }
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}

function withDetails(
  model: OpenModel,
  records: readonly ExplanationRecord[],
  evidence: Evidence,
): Promise<{ readonly record: ExplanationRecord; readonly detail: ScoreDetail | null }[]> {
  return Promise.all(
    records.map(async (record) => {
      const has = await evidence.has(model.info.name, record.id);
      return { record, detail: has ? await evidence.read(model.info.name, record.id) : null };
    }),
  );
}
