import type { ExplanationRecord, ListedExplanation, ScoreDetail } from '../../core/explain/explanation.ts';
import { importedExamples } from '../../core/explain/formats/importedExamples.ts';
import { explanationId, FREE } from '../../core/explain/recordJson.ts';
import { whyOutdated } from '../../core/hub/published/outdated.ts';
import { OTHER_GELU } from '../../core/hub/published/openaiSets.ts';
import type { Unit } from '../../core/model/units.ts';
import type { ExampleGroup } from '../../core/records/readings.ts';
import type {
  Published,
  PublishedRecords,
  SaidOfUnit,
  UnitPlace,
} from '../../runtime/explanations/published.ts';
import type { OpenModel } from '../openModel.ts';
import { deviationText, liveDeviation } from './liveDeviation.ts';

/** A published saying as unit pages list it, beside one's own. */
export async function listedPublished(
  published: Published,
  model: string,
  { unit, ...place }: UnitPlace & { readonly unit: string },
): Promise<ListedExplanation[]> {
  const said = await published.words(model, place.family, place.index);
  return Promise.all(
    said.map(async (each) => ({
      record: asRecord(each, unit),
      stale: null,
      hasDetail: (await published.evidence(model, place, each.words)) !== null,
      published: each.set.id,
    })),
  );
}

/** The windows behind a published score; null = not of this id, or not kept. */
export async function publishedDetail(
  published: Published,
  model: string,
  { unit, id, ...place }: UnitPlace & { readonly unit: string; readonly id: string },
): Promise<ScoreDetail | null> {
  const said = await published.words(model, place.family, place.index);
  const found = said.find((each) => asRecord(each, unit).id === id);
  const sequences = found ? await published.evidence(model, place, found.words) : null;
  if (sequences === null) return null;
  const splits = { train: [], calibration: [], test: [] };
  return { id, calibration: { kind: 'none' }, splits, sequences, calls: [] };
}

/** A record of published words: of no weights in particular, so that it never gets stale. */
export function asRecord(said: SaidOfUnit, unit: string): ExplanationRecord {
  const { words, by, score, rSquared, absoluteDeviation, sequences } = said;
  const named = { unit, explanation: words, explainer: by, pattern: null };
  const exact = (value: number | null) => (value === null ? null : { value, low: value, high: value });
  const isSimulated = rSquared !== null || absoluteDeviation !== null || sequences > 0;
  const simulation = {
    correlation: exact(score),
    rSquared: exact(rSquared),
    absoluteDeviation: exact(absoluteDeviation),
    sequences,
  };
  const none = { randomOnly: null, detection: null, fuzzing: null, ablation: null, pairs: null };
  return {
    version: 1,
    id: explanationId(named),
    ...named,
    explainerKind: 'imported',
    simulator: isSimulated ? 'imported' : null,
    simulatorKind: said.isPattern === true ? 'pattern' : isSimulated ? 'imported' : null,
    score,
    ...(said.scoreKind === undefined ? {} : { scoreKind: said.scoreKind }),
    scores: isSimulated ? { topAndRandom: simulation, ...none } : null,
    sequences,
    failures: [],
    cost: FREE,
    revises: null,
    from: { model: '', sae: null, index: null },
  };
}

/**
 * Published windows for the examples of a unit page; what must be known of their numbers stands with the first: also
 * how far those of another GELU are from the open model, where they begin.
 */
export async function publishedExamples(
  all: readonly PublishedRecords[],
  of: { readonly model: OpenModel; readonly unit: Unit },
  part: { readonly from: number; readonly count: number },
): Promise<ExampleGroup[]> {
  const examples: ExampleGroup[] = [];
  for (const { set, groups } of all) {
    const live = part.from === 0 && OTHER_GELU.has(set.id) ? await liveNote(of, groups) : [];
    const outdated = whyOutdated(set);
    const lacks =
      outdated === null ? [] : [`${outdated} Import Again at its SAE in the view Models and SAEs.`];
    const note = [...lacks, ...set.notes, ...live].join(' ');
    const shown = importedExamples([{ source: set.label, groups }], part);
    examples.push(...shown.map((group, at) => (at === 0 && note !== '' ? { ...group, note } : group)));
  }
  return examples;
}

async function liveNote(
  { model, unit }: { readonly model: OpenModel; readonly unit: Unit },
  groups: PublishedRecords['groups'],
): Promise<string[]> {
  const record = groups[0]?.records[0];
  if (unit.kind !== 'neuron' || record === undefined) return [];
  const deviation = await liveDeviation(model, unit, record);
  return deviation === null ? [] : [deviationText(deviation, model.info.name)];
}
