import type { ExplanationRecord, ListedExplanation, ScoreDetail } from '../../core/explain/explanation.ts';
import { importedExamples } from '../../core/explain/formats/importedExamples.ts';
import { explanationId, FREE } from '../../core/explain/recordJson.ts';
import type { ExampleGroup } from '../../core/records/readings.ts';
import type {
  Published,
  PublishedRecords,
  SaidOfUnit,
  UnitPlace,
} from '../../runtime/explanations/published.ts';

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
    simulatorKind: isSimulated ? 'imported' : null,
    score,
    scores: isSimulated ? { topAndRandom: simulation, ...none } : null,
    sequences,
    failures: [],
    cost: FREE,
    revises: null,
    from: { model: '', sae: null, index: null },
  };
}

/** Published windows for the examples of a unit page; what must be known of their numbers stands with the first. */
export function publishedExamples(
  all: readonly PublishedRecords[],
  part: { readonly from: number; readonly count: number },
): ExampleGroup[] {
  return all.flatMap(({ set, groups }) => {
    const shown = importedExamples([{ source: set.label, groups }], part);
    const note = set.notes.join(' ');
    return shown.map((group, index) => (index === 0 && note !== '' ? { ...group, note } : group));
  });
}
