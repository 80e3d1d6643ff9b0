import { scoreDetection, scoreFuzzing } from './binary.ts';
import { calibrateLinear, calibratePercentile, UNCALIBRATED, type Calibrated } from './calibrate.ts';
import type { Calibration, Failure, ScoredSequence, Scores, SimulationScores } from './explanation.ts';
import { scorePairs } from './heads/scorePairs.ts';
import type {
  BinaryResult,
  Explained,
  ExplainedRecord,
  JudgePart,
  SimulatorPart,
  SplitRecords,
} from './parts.ts';
import type { SimulateInput } from './parts.ts';
import { correlation, scoreSimulations, type Simulation } from './scores.ts';
import { failuresOf, pairingOf, simulateAll, type SimulatedRecord } from './simulateAll.ts';

/** What the bench scores, with whom, and on which windows. */
export interface ScoreInput {
  readonly explained: Explained;
  /** Null for heads, which are scored by pairs alone. */
  readonly simulator: SimulatorPart | null;
  /** Answers the yes-or-no questions; null = they are not asked. */
  readonly judge: JudgePart | null;
  /** Which of them are asked of neurons and latents; default: both. Heads are asked by pairs. */
  readonly questions?: readonly ('detection' | 'fuzzing')[];
  readonly splits: SplitRecords;
  /** More windows that nothing was explained or calibrated with, for detection: those without activation are rare. */
  readonly others?: readonly ExplainedRecord[];
  readonly text: SimulateInput['text'];
  readonly signal: AbortSignal;
  readonly onCall: SimulateInput['onCall'];
  readonly seed: number;
  /** From simulated to true activations, on the calibration windows. */
  readonly calibration?: Calibration['kind'];
}

/** What the bench found, with the evidence behind it. */
export interface ScoredExplanation {
  /** The preferred score: correlation over top and random test windows; heads: AUC of pairs. */
  readonly score: number | null;
  /** `ablation` is left null: it needs the model. */
  readonly scores: Scores;
  readonly sequences: readonly ScoredSequence[];
  /** Test windows as they were simulated, before any calibration. */
  readonly simulated: readonly Simulation[];
  readonly failures: readonly Failure[];
  readonly calibration: Calibration;
  /** For the ablation score: from the simulator's scale to that of the activations. */
  readonly calibrate: (value: number) => number;
}

/**
 * Simulates calibration and test windows from the stored explanation, calibrates on the former and scores on the latter.
 * Windows that failed are listed and left out, never taken for zeros. @throws cancelled, language/*
 */
export async function scoreExplanation(input: ScoreInput): Promise<ScoredExplanation> {
  const { splits, simulator } = input;
  const simulated = simulator
    ? await simulateSplits(input, simulator)
    : { calibration: [], test: [], calibrated: UNCALIBRATED };
  const { calibrated } = simulated;
  const { detection, fuzzing, pairs } = await judged(input);
  const sequences = simulator
    ? simulated.test.map((each) => scoredSequence(each, calibrated))
    : splits.test.map((record) => askedSequence(record, [detection, fuzzing, pairs]));
  const { test } = simulated;
  const random = test.filter(({ record }) => record.set === 'random');
  const topAndRandom = simulator ? scoresOf(test, calibrated, input.seed) : null;
  const scores: Scores = {
    topAndRandom,
    randomOnly: simulator ? scoresOf(random, calibrated, input.seed) : null,
    detection: detection?.scores ?? null,
    fuzzing: fuzzing?.scores ?? null,
    ablation: null,
    pairs: pairs?.scores ?? null,
  };
  return {
    score: (isHead(splits) ? scores.pairs?.auc?.value : topAndRandom?.correlation?.value) ?? null,
    scores,
    sequences,
    simulated: pairingsOf(test, UNCALIBRATED),
    failures: [
      ...failuresOf([...simulated.calibration, ...simulated.test]),
      ...[detection, fuzzing, pairs].flatMap((result) => result?.failures ?? []),
    ],
    calibration: calibrated.calibration,
    calibrate: calibrated.apply,
  };
}

async function simulateSplits(
  input: ScoreInput,
  simulator: SimulatorPart,
): Promise<{ calibration: SimulatedRecord[]; test: SimulatedRecord[]; calibrated: Calibrated }> {
  const calibration = await simulateAll({ ...input, simulator, records: input.splits.calibration });
  const test = await simulateAll({ ...input, simulator, records: input.splits.test });
  return { calibration, test, calibrated: calibratedBy(input.calibration ?? 'linear', calibration) };
}

function calibratedBy(kind: Calibration['kind'], simulations: readonly SimulatedRecord[]): Calibrated {
  switch (kind) {
    case 'none':
      return UNCALIBRATED;
    case 'linear':
      return calibrateLinear(pairingOf(simulations));
    case 'percentile':
      return calibratePercentile(pairingOf(simulations));
  }
}

function scoredSequence({ record, simulated }: SimulatedRecord, calibrated: Calibrated): ScoredSequence {
  const raw = simulated.values ?? [];
  const values = simulated.values === null ? null : Array.from(raw, calibrated.apply);
  return {
    sequence: record.sequence,
    set: record.set,
    source: record.source,
    tokens: record.tokens,
    activations: [...record.activations],
    simulated: values,
    score: values === null ? null : correlation(record.activations, isLinear(calibrated) ? raw : values),
    failure: simulated.failure,
  };
}

/** A window of which questions were asked: what the unit did there; of heads, the strongest pair of each query. */
function askedSequence(
  { sequence, set, source, tokens, activations }: ExplainedRecord,
  results: readonly (BinaryResult | null)[],
): ScoredSequence {
  const failed = results
    .flatMap((result) => result?.failures ?? [])
    .find((failure) => failure.sequence === sequence);
  const failure = failed?.reason ?? null;
  const real = { sequence, set, source, tokens, activations: [...activations] };
  return { ...real, simulated: null, score: null, failure };
}

/** Null when no window could be used. */
function scoresOf(
  simulations: readonly SimulatedRecord[],
  calibrated: Calibrated,
  seed: number,
): SimulationScores | null {
  const usable = pairingsOf(simulations, calibrated);
  if (usable.length === 0) return null;
  const scores = scoreSimulations(usable, { seed });
  if (!isLinear(calibrated)) return scores;
  const { correlation: r } = scoreSimulations(pairingsOf(simulations, UNCALIBRATED), { seed });
  return { ...scores, correlation: r };
}

function pairingsOf(simulations: readonly SimulatedRecord[], { apply }: Calibrated): Simulation[] {
  return simulations.flatMap(({ record, simulated }) =>
    simulated.values === null
      ? []
      : [{ truth: record.activations, simulated: Array.from(simulated.values, apply), set: record.set }],
  );
}

/**
 * A line leaves r as it is: r is of the simulation itself, so that a line which falls, or is flat, on the few windows of
 * the calibration does not turn it round or take it away.
 */
function isLinear({ calibration }: Calibrated): boolean {
  return calibration.kind === 'linear';
}

async function judged(
  input: ScoreInput,
): Promise<{ detection: BinaryResult | null; fuzzing: BinaryResult | null; pairs: BinaryResult | null }> {
  const { judge, questions = ['detection', 'fuzzing'] } = input;
  if (!judge) return { detection: null, fuzzing: null, pairs: null };
  const asked = { ...input, judge };
  if (isHead(input.splits)) return { detection: null, fuzzing: null, pairs: await scorePairs(asked) };
  return {
    detection: questions.includes('detection') ? await scoreDetection(asked) : null,
    fuzzing: questions.includes('fuzzing') ? await scoreFuzzing(asked) : null,
    pairs: null,
  };
}

function isHead({ test }: SplitRecords): boolean {
  return test.some(({ pairs }) => pairs !== null);
}
