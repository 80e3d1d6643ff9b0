import type { CounterExample, LanguageCall, Score } from '../../core/explain/explanation.ts';
import type { ExplainedRecord, LanguageModel, SimulatorPart } from '../../core/explain/parts.ts';
import { scoreSimulations, type Simulation } from '../../core/explain/scores.ts';
import type { Unit } from '../../core/model/units.ts';
import type { ExplainOptions } from '../../protocol/explainContract.ts';
import { chooseParts } from './chooseParts.ts';

/** Words, and what they are tried on. */
export interface HeldOut {
  readonly unit: Unit;
  readonly options: ExplainOptions;
  readonly language: LanguageModel | null;
  readonly words: string;
  /** Sentences kept back. */
  readonly examples: readonly CounterExample[];
  /** Windows kept back: what was simulated of them from the words already, before any calibration, or the windows. */
  readonly windows:
    { readonly simulated: readonly Simulation[] } | { readonly records: readonly ExplainedRecord[] };
  readonly signal: AbortSignal;
  text(id: number): string;
  onCall(call: LanguageCall): void;
}

/**
 * Correlation over unseen windows and unseen sentences together; null where the unit is silent in all of them. Of what
 * is read from the words, 0 to 10 in both, as it stands: a scale that was fitted to what is scored would turn words
 * round that say the opposite of what is so.
 */
export async function heldOutScore(held: HeldOut): Promise<Score | null> {
  const { unit, options, language, windows } = held;
  const { simulator } = chooseParts({
    unit,
    options: { ...options, scorers: ['simulation'] },
    language,
    bosId: null,
    given: { kind: 'human', pattern: null },
  });
  if (!simulator) return null;
  const seen =
    'simulated' in windows ? windows.simulated : await simulateEach(held, simulator, windows.records);
  const tried = await simulateEach(held, simulator, held.examples.map(asRecord));
  return scoreSimulations([...seen, ...tried], { seed: options.seed }).correlation;
}

type Tried = Pick<ExplainedRecord, 'ids' | 'tokens' | 'sequence' | 'concepts' | 'set'> & {
  readonly activations: ArrayLike<number>;
};

function asRecord({ tokens, activations }: CounterExample, index: number): Tried {
  const ids = tokens.map(() => 0);
  return { ids, tokens, activations, sequence: -1 - index, concepts: null, set: 'top' };
}

/** One after the other; those that fail are left out. */
async function simulateEach(
  { words, text, signal, onCall }: HeldOut,
  simulator: SimulatorPart,
  records: readonly Tried[],
): Promise<Simulation[]> {
  const explained = { words, pattern: null };
  const done: Simulation[] = [];
  for (const { ids, tokens, sequence, concepts, activations, set } of records) {
    const record = { ids, tokens, sequence, concepts };
    const { values } = await simulator.simulate({ explained, record, text, signal, onCall });
    if (values) done.push({ truth: activations, simulated: values, set });
  }
  return done;
}
