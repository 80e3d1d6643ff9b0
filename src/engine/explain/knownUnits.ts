import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import { findUnit } from '../../core/records/family.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import type { ExplanationStore } from '../../runtime/explanations/store.ts';
import type { OpenModel } from '../openModel.ts';
import { originOf, scoringOf } from './partKinds.ts';
import { staleReason, type CurrentProvenance } from './storeWords.ts';
import { byFamily } from './unitPatterns.ts';

export interface KnownInput {
  readonly options: ExplainOptions;
  /** Of the language model that would be asked; null = there is none. */
  readonly capabilities: LanguageModel['capabilities'] | null;
  readonly store: ExplanationStore;
  readonly provenance: CurrentProvenance;
}

/** Those of some units that have what a run would make: a fresh record by the same explainer, scored the same way. */
export async function knownUnits(
  model: OpenModel,
  units: readonly string[],
  { store, provenance, ...asked }: KnownInput,
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const [family, members] of byFamily(units, unitSpace(model))) {
    const { records } = await store.family(model.info.name, family);
    if (records.length === 0) continue;
    const now = await provenance(model, family);
    const wanted = new Set(members);
    for (const record of records) {
      if (!wanted.has(record.unit) || staleReason(record, now) !== null) continue;
      const { kind } = findUnit(record.unit, unitSpace(model));
      if (isSameExplainer(record, asked.options) && isScored(record, kind, asked)) known.add(record.unit);
    }
  }
  return known;
}

function isSameExplainer(record: ExplanationRecord, { explainer, language }: ExplainOptions): boolean {
  switch (explainer.kind) {
    case 'human':
      return record.explainerKind === 'human' && record.explanation === explainer.words.trim();
    case 'record':
      return record.id === explainer.id;
    case 'language':
      return record.explainerKind === 'language' && record.explainer === language?.model;
    case 'summary':
    case 'n2g':
    case 'concepts':
      return record.explainerKind === explainer.kind;
  }
}

function isScored(
  { scores, simulatorKind, failures, explainerKind, pattern }: ExplanationRecord,
  kind: Parameters<typeof scoringOf>[0],
  { options, capabilities }: Pick<KnownInput, 'options' | 'capabilities'>,
): boolean {
  const { scorers } = options;
  if (scorers.length === 0) return true;
  const origin = originOf(options, { kind: explainerKind, pattern });
  const { simulates, judges, scoredBy } = scoringOf(kind, options, { ...origin, capabilities });
  if (scores === null || simulatorKind !== scoredBy) return false;
  // What failed was tried: only `redo` tries again.
  if (kind === 'head' || failures.length > 0) return true;
  if (simulates && scores.topAndRandom === null) return false;
  if (scorers.includes('ablation') && scores.ablation === null) return false;
  return !judges || scores.detection !== null || scores.fuzzing !== null;
}
