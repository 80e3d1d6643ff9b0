import { scoreDetection } from './binary.ts';
import { scorePairs } from './heads/scorePairs.ts';
import type { Explained, SplitRecords } from './parts.ts';
import type { ScoreInput } from './scoreExplanation.ts';
import { correlation } from './scores.ts';
import { pairingOf, simulateAll } from './simulateAll.ts';

/** The candidate that is kept. */
export interface Chosen {
  readonly explained: Explained;
  /** Its score on the calibration windows; null when there is none. */
  readonly score: number | null;
}

/**
 * The candidate that scores best on the calibration windows, never on those that score it in the end. Earlier candidates
 * win ties; without any score the explainer's first one stands. @throws cancelled, language/*
 */
export async function chooseBest(
  candidates: readonly [Explained, ...Explained[]],
  input: Omit<ScoreInput, 'explained'>,
): Promise<Chosen> {
  let best: Chosen = { explained: candidates[0], score: null };
  if (candidates.length === 1) return best;
  for (const explained of candidates) {
    const score = await scoreOn(input.splits.calibration, { ...input, explained });
    if (score !== null && (best.score === null || score > best.score)) best = { explained, score };
  }
  return best;
}

async function scoreOn(records: SplitRecords['calibration'], input: ScoreInput): Promise<number | null> {
  const { simulator, judge } = input;
  if (simulator) {
    const { truth, simulated } = pairingOf(await simulateAll({ ...input, simulator, records }));
    return correlation(truth, simulated);
  }
  if (!judge) return null;
  // The windows that score are not even looked at for the unit's maximum.
  const splits = { ...input.splits, test: records };
  const isHead = records.some(({ pairs }) => pairs !== null);
  const asked = { ...input, splits, judge, others: [] };
  const { scores } = await (isHead ? scorePairs(asked) : scoreDetection(asked));
  return scores?.auc?.value ?? null;
}
