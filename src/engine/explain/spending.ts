import type { UnitPlan } from '../../core/explain/language/estimate.ts';
import type { LanguageModel } from '../../core/explain/parts.ts';
import type { Unit } from '../../core/model/units.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import { EXPECTED, originOf, scoringOf } from './partKinds.ts';

export interface PlanInput {
  readonly options: ExplainOptions;
  /** What the server was found to be able to do; null = it was not asked yet. */
  readonly capabilities: LanguageModel['capabilities'] | null;
  /** Tokens of a window of the index. */
  readonly windowTokens: number;
}

/** What explaining units will ask of a language model, those together that are asked the same. */
export function planUnits(
  units: readonly Unit[],
  input: PlanInput,
): { readonly plan: UnitPlan; readonly units: number }[] {
  const kinds = [...new Set(units.map(({ kind }) => kind))];
  return kinds.map((kind) => ({
    plan: planUnit(kind, input),
    units: units.filter((unit) => unit.kind === kind).length,
  }));
}

/** Offline parts ask nothing. */
function planUnit(kind: Unit['kind'], { options, capabilities, windowTokens }: PlanInput): UnitPlan {
  const { explainer, perSplit, scorers, language } = options;
  const scoring = scoringOf(kind, options, {
    ...originOf(options, null),
    capabilities: language && (capabilities ?? EXPECTED),
  });
  const asks = language !== null && scoring.asksLanguage;
  const samples = explainer.kind === 'language' ? explainer.samples : 0;
  // Of top and random windows together.
  const windows = 2 * perSplit;
  const isHead = kind === 'head';
  const simulates = asks && scoring.simulates;
  // Candidates are compared on the calibration windows, and the best one is scored on those and the test windows.
  const offered = explainer.kind === 'summary' ? MOST_SUMMARIES : samples;
  const candidates = offered > 1 ? offered : 0;
  const judges = asks && !isHead;
  const byDetection = judges && !scoring.simulates ? candidates * windows : 0;
  return {
    kind,
    samples,
    trainRecords: perSplit,
    simulator: simulates ? scoring.simulator : null,
    simulated: simulates ? (2 + candidates) * windows : 0,
    // Windows of the test split and those that nothing else is done with.
    detected: (judges && scorers.includes('detection') ? 2 * windows : 0) + byDetection,
    fuzzed: judges && scorers.includes('fuzzing') ? 2 * windows : 0,
    pairs: asks && isHead ? (1 + candidates) * windows * PAIRS_OF_WINDOW : 0,
    revised: false,
    windowTokens,
  };
}

/** Sentences that the summary explainer offers at most. */
const MOST_SUMMARIES = 4;
/** Marked pairs of a window, each with two silent ones. */
const PAIRS_OF_WINDOW = 6;
