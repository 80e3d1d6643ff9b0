import { throwIfCancelled } from '../errors.ts';
import type { Failure } from './explanation.ts';
import type { Explained, ExplainedRecord, SimulateInput, Simulated, SimulatorPart } from './parts.ts';

/** Simulations under way at once: servers answer several, offline ones do not care. */
const AT_ONCE = 4;

/** Words to simulate on several windows. */
export interface SimulateAll {
  readonly explained: Explained;
  readonly simulator: SimulatorPart;
  readonly records: readonly ExplainedRecord[];
  readonly text: SimulateInput['text'];
  readonly signal: AbortSignal;
  readonly onCall: SimulateInput['onCall'];
}

/** A window beside what was simulated of it. */
export interface SimulatedRecord {
  readonly record: ExplainedRecord;
  readonly simulated: Simulated;
}

/**
 * Simulates every window, in order. One that cannot be used is a failure of its window: wrong length and values that are
 * not numbers count as such. @throws cancelled, language/*
 */
export async function simulateAll(input: SimulateAll): Promise<SimulatedRecord[]> {
  const { records, simulator, signal } = input;
  const done: SimulatedRecord[] = [];
  for (let start = 0; start < records.length; start += AT_ONCE) {
    throwIfCancelled(signal);
    done.push(
      ...(await Promise.all(
        records.slice(start, start + AT_ONCE).map(async (record) => ({
          record,
          simulated: checked(
            await simulator.simulate({
              explained: input.explained,
              // Never more than this: a simulator that saw the activations would score itself.
              record: {
                ids: record.ids,
                tokens: record.tokens,
                sequence: record.sequence,
                concepts: record.concepts,
              },
              text: input.text,
              signal,
              onCall: input.onCall,
            }),
            record,
          ),
        })),
      )),
    );
  }
  throwIfCancelled(signal);
  return done;
}

/** Windows that could not be simulated, with the reasons. */
export function failuresOf(simulations: readonly SimulatedRecord[]): Failure[] {
  return simulations.flatMap(({ record, simulated }) =>
    simulated.failure === null ? [] : [{ sequence: record.sequence, reason: simulated.failure }],
  );
}

/** Values of all windows that did not fail, end to end, beside the true ones. */
export function pairingOf(simulations: readonly SimulatedRecord[]): {
  readonly simulated: number[];
  readonly truth: number[];
} {
  const usable = simulations.filter(({ simulated }) => simulated.failure === null);
  return {
    simulated: usable.flatMap(({ simulated }) => [...(simulated.values ?? [])]),
    truth: usable.flatMap(({ record }) => [...record.activations]),
  };
}

function checked(simulated: Simulated, record: ExplainedRecord): Simulated {
  if (simulated.values === null) return simulated;
  const { length } = simulated.values;
  if (length !== record.ids.length) {
    return {
      values: null,
      failure: `The simulator gave ${length} values for ${record.ids.length} tokens.`,
    };
  }
  return simulated.values.every(Number.isFinite)
    ? simulated
    : { values: null, failure: 'The simulator gave a value that is not a number.' };
}
