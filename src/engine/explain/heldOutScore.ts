import type { CounterExample, LanguageCall, Score, ScoredSequence } from '../../core/explain/explanation.ts';
import { scoreSimulations } from '../../core/explain/scores.ts';
import { chooseParts } from './chooseParts.ts';
import type { RevisionTask } from './reviseUnit.ts';

/** Correlation over unseen windows and unseen sentences together; null where it is not defined. */
export async function heldOutScore(
  task: RevisionTask & {
    readonly words: string;
    readonly examples: readonly CounterExample[];
    readonly windows: readonly ScoredSequence[];
  },
  { text, onCall }: { text(id: number): string; onCall(call: LanguageCall): void },
): Promise<Score | null> {
  const { prepared, options, language, words, examples, windows, job } = task;
  const explained = { words, pattern: null };
  const { simulator } = chooseParts({
    unit: prepared.unit,
    options: { ...options, scorers: ['simulation'] },
    language,
    bosId: null,
    given: { kind: 'human', pattern: null },
  });
  const tried = [];
  for (const [index, { tokens, activations }] of examples.entries()) {
    const record = { ids: tokens.map(() => 0), tokens, sequence: -1 - index, concepts: null };
    const simulated = await simulator?.simulate({
      explained,
      record,
      text,
      signal: job.signal,
      onCall,
    });
    if (simulated?.values)
      tried.push({ truth: activations, simulated: [...simulated.values], set: 'top' as const });
  }
  // Windows are calibrated, sentences are not: only the correlation is read, so that each is put on its own scale.
  const seen = windows.flatMap(({ activations, simulated, set }) =>
    simulated ? [{ truth: activations, simulated, set }] : [],
  );
  return scoreSimulations([...onOneScale(seen), ...onOneScale(tried)], { seed: options.seed }).correlation;
}

interface Pairing {
  readonly truth: readonly number[];
  readonly simulated: readonly number[];
  readonly set: 'top' | 'random';
}

/** Least squares of truth on simulated, over all of a kind. */
function onOneScale(pairs: readonly Pairing[]): Pairing[] {
  const truth = pairs.flatMap((pair) => pair.truth);
  const simulated = pairs.flatMap((pair) => pair.simulated);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
  const [t, s] = [mean(truth), mean(simulated)];
  const variance = simulated.reduce((sum, each) => sum + (each - s) ** 2, 0);
  const covariance = simulated.reduce((sum, each, index) => sum + (each - s) * ((truth[index] ?? 0) - t), 0);
  const slope = variance > 0 ? covariance / variance : 0;
  return pairs.map((pair) => ({ ...pair, simulated: pair.simulated.map((each) => t + slope * (each - s)) }));
}
