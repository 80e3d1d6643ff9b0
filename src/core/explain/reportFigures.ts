import { parseUnit } from '../model/units.ts';
import { familyId, placeOf, type Family } from '../records/family.ts';
import { median, scoreDistribution } from './distribution.ts';
import {
  isOfPattern,
  type BinaryScores,
  type ExplainerKind,
  type ExplanationRecord,
  type SimulationScores,
} from './explanation.ts';
import { matchByDensity } from './matchByDensity.ts';
import {
  ANYONE,
  type ConceptRelation,
  type DensityMatch,
  type ExplainReport,
  type FamilyReport,
  type ReportEntry,
} from './report.ts';
import { spearman } from './spearman.ts';

/** Entries of the best and the worst list. */
const LISTED = 20;

/** Below this a rank correlation says nothing. */
const FEWEST_UNITS = 3;

/** What is known of one family. */
export interface ReportedFamily {
  readonly family: Family;
  readonly layer: number;
  /** Units that the family has. */
  readonly units: number;
  /** Its fresh records. */
  readonly records: readonly ExplanationRecord[];
  /** By unit; null without an index. */
  readonly density: Float64Array | null;
  /** F1 of the labels that ship with a SAE, by latent; null where there are none. */
  readonly f1: ReadonlyMap<number, number | null> | null;
}

/** What a report is made of. */
export interface ReportInput {
  readonly model: string;
  /** Only records of this explainer; `ANYONE` = the best record of each unit; null = see `usualExplainer`. */
  readonly explainer: string | null;
  /** Records that were left out because they are stale. */
  readonly stale: number;
  readonly families: readonly ReportedFamily[];
}

/** One unit with the record that counts for it. */
interface Reported {
  readonly record: ExplanationRecord;
  readonly index: number;
  /** 0 = never active, or not known. */
  readonly density: number;
  readonly topAndRandom: number | null;
  readonly randomOnly: number | null;
  readonly f1: number | null;
}

/** Distributions of scores by family, neurons against latents at equal density, scores against concept labels. */
export function reportFigures({ model, explainer: asked, stale, families }: ReportInput): ExplainReport {
  const named = asked ?? usualExplainer(families);
  const explainer = named === ANYONE ? null : named;
  const reported = families.map((family) => ({ ...family, reported: reportedOf(family, explainer) }));
  const entries = reported
    .flatMap((family) => family.reported.flatMap((unit) => entryOf(unit, family) ?? []))
    .sort((a, b) => b.score - a.score || (a.unit < b.unit ? -1 : 1));
  const half = Math.ceil(entries.length / 2);
  return {
    model,
    explainer,
    explainers: explainersOf(families),
    families: reported.map((family) => familyReport(family, family.reported)),
    matches: reported.flatMap((neurons) =>
      reported.filter((latents) => isPair(neurons, latents)).map((latents) => densityMatch(neurons, latents)),
    ),
    concepts: reported.flatMap(({ family, f1, reported: units }) =>
      f1 ? [conceptRelation(familyId(family), units)] : [],
    ),
    // No unit stands in both.
    best: entries.slice(0, Math.min(LISTED, half)),
    worst: entries.slice(Math.max(entries.length - LISTED, half)).toReversed(),
    stale,
  };
}

/** Offline explainers come first, for they explain every family alike; concept labels exist for latents alone. */
const USUAL: readonly ExplainerKind[] = ['summary', 'n2g', 'language', 'human', 'imported', 'concepts'];

/** One explainer to begin with: figures of several at once would compare explainers and not units. */
function usualExplainer(families: readonly ReportedFamily[]): string {
  const records = families.flatMap((family) => family.records);
  const kind = USUAL.find((each) => records.some(({ explainerKind }) => explainerKind === each));
  const names = new Set(
    records.flatMap(({ explainer, explainerKind }) => (explainerKind === kind ? [explainer] : [])),
  );
  return explainersOf(families).find(({ explainer }) => names.has(explainer))?.explainer ?? ANYONE;
}

function explainersOf(families: readonly ReportedFamily[]): ExplainReport['explainers'] {
  const units = new Map<string, Set<string>>();
  for (const { explainer, unit } of families.flatMap(({ records }) => records)) {
    units.set(explainer, (units.get(explainer) ?? new Set()).add(unit));
  }
  return [...units]
    .map(([explainer, of]) => ({ explainer, units: of.size }))
    .sort((a, b) => b.units - a.units || (a.explainer < b.explainer ? -1 : 1));
}

/** The best record of each unit by the preferred score: words before patterns and the labels of the embedded world. */
function reportedOf({ records, density, f1 }: ReportedFamily, explainer: string | null): Reported[] {
  const best = new Map<string, ExplanationRecord>();
  for (const record of records) {
    if (explainer !== null && record.explainer !== explainer) continue;
    const known = best.get(record.unit);
    if (!known || isBetter(record, known)) best.set(record.unit, record);
  }
  return [...best.values()].map((record) => {
    const { index } = placeOf(parseUnit(record.unit));
    return {
      record,
      index,
      density: density?.[index] ?? 0,
      topAndRandom: record.scores?.topAndRandom?.correlation?.value ?? null,
      randomOnly: record.scores?.randomOnly?.correlation?.value ?? null,
      f1: f1?.get(index) ?? null,
    };
  });
}

/** The score of a pattern or of an oracle is not that of words, however high it is. */
function isBetter(a: ExplanationRecord, b: ExplanationRecord): boolean {
  const isOfWords = (record: ExplanationRecord): boolean =>
    !isOfPattern(record) && record.explainerKind !== 'concepts';
  return isOfWords(a) === isOfWords(b) ? scoreOf(a) > scoreOf(b) : isOfWords(a);
}

function scoreOf({ score }: ExplanationRecord): number {
  return score ?? Number.NEGATIVE_INFINITY;
}

function entryOf({ record, density }: Reported, family: ReportedFamily): ReportEntry | null {
  if (record.score === null) return null;
  return {
    unit: record.unit,
    words: record.explanation,
    score: record.score,
    ...(isOfPattern(record) ? { isPattern: true } : {}),
    density: family.density ? density : null,
  };
}

function familyReport({ family, layer, units }: ReportedFamily, reported: readonly Reported[]): FamilyReport {
  return {
    family: familyId(family),
    kind: family.kind,
    layer,
    units,
    explained: reported.length,
    topAndRandom: scoreDistribution(simulationsOf(reported, 'topAndRandom')),
    randomOnly: scoreDistribution(simulationsOf(reported, 'randomOnly')),
    detection: scoreDistribution(
      reported.flatMap(({ record }) => answersOf(record).map((answers) => answers?.auc ?? null)),
      CHANCE,
    ),
  };
}

/** AUC of answers that are all the same. */
const CHANCE = 0.5;

/** Of the units that were scored this way. */
function simulationsOf(
  reported: readonly Reported[],
  set: 'topAndRandom' | 'randomOnly',
): SimulationScores['correlation'][] {
  return reported.flatMap(({ record: { scores } }) => {
    const of = scores?.[set];
    return of ? [of.correlation] : [];
  });
}

/** Null: the head was asked about, and acted on no pair. Nothing: whether it was asked about is not known. */
function answersOf({ scores, failures, unit }: ExplanationRecord): readonly (BinaryScores | null)[] {
  const answers = scores?.detection ?? scores?.pairs;
  if (answers) return [answers];
  return scores && failures.length === 0 && parseUnit(unit).kind === 'head' ? [null] : [];
}

function isPair(neurons: ReportedFamily, latents: ReportedFamily): boolean {
  return (
    neurons.family.kind === 'neurons' && latents.family.kind === 'latents' && neurons.layer === latents.layer
  );
}

/** Medians over the same pairs on both sides, so that a score which one side lacks favours neither. */
function densityMatch(
  neurons: ReportedFamily & { readonly reported: readonly Reported[] },
  latents: ReportedFamily & { readonly reported: readonly Reported[] },
): DensityMatch {
  const scored = (units: readonly Reported[]) => units.filter(({ topAndRandom }) => topAndRandom !== null);
  const pairs = matchByDensity(scored(neurons.reported), scored(latents.reported));
  const medians = (score: 'topAndRandom' | 'randomOnly') => {
    const both = pairs.filter(([a, b]) => a[score] !== null && b[score] !== null);
    return {
      neurons: median(both.map(([neuron]) => neuron[score] ?? 0)),
      latents: median(both.map(([, latent]) => latent[score] ?? 0)),
    };
  };
  return {
    layer: neurons.layer,
    neurons: familyId(neurons.family),
    latents: familyId(latents.family),
    pairs: pairs.length,
    topAndRandom: medians('topAndRandom'),
    randomOnly: medians('randomOnly'),
  };
}

function conceptRelation(family: string, units: readonly Reported[]): ConceptRelation {
  const points = units.flatMap(({ record, f1 }) =>
    record.score === null || f1 === null ? [] : [{ unit: record.unit, score: record.score, f1 }],
  );
  return {
    family,
    units: points.length,
    correlation:
      points.length < FEWEST_UNITS
        ? null
        : spearman(
            points.map(({ score }) => score),
            points.map(({ f1 }) => f1),
          ),
    points,
  };
}
