import { ACTIVE } from './binary.ts';
import { headJudge } from './heads/headJudge.ts';
import { TOP_LEVEL } from './normalize.ts';
import type { JudgePart, SimulateInput, SimulatorPart } from './parts.ts';

/**
 * Answers yes-or-no questions with an offline simulator (values on 0..10) in the place of a language model. Detection:
 * the largest simulated value. Fuzzing: the mean over the marked tokens of how far each is simulated to be active, full
 * from 0.3 of the maximum on. Pairs: what the words say of the head.
 */
export function offlineJudge(simulator: SimulatorPart): JudgePart {
  return {
    name: simulator.name,
    detect: (input) =>
      judge(simulator, input, (values) => values.reduce((max, value) => Math.max(max, value), 0) / TOP_LEVEL),
    fuzz: (input) =>
      judge(simulator, input, (values) => {
        const marked = Array.from(values).filter((_, position) => input.marked[position]);
        const share = (value: number) => clamp(value / (ACTIVE * TOP_LEVEL));
        return marked.reduce((sum, value) => sum + share(value), 0) / Math.max(1, marked.length);
      }),
    pair: headJudge.pair,
  };
}

async function judge(
  simulator: SimulatorPart,
  { explained, record, text, signal, onCall }: SimulateInput,
  probability: (values: Float32Array) => number,
): Promise<{ readonly probability: number } | { readonly failure: string }> {
  const { values, failure } = await simulator.simulate({ explained, record, text, signal, onCall });
  return values === null ? { failure } : { probability: clamp(probability(values)) };
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share));
}
