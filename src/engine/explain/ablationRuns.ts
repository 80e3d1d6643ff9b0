import { jensenShannon, type AblatedWindow } from '../../core/explain/ablation.ts';
import type { ScoredSequence } from '../../core/explain/explanation.ts';
import { logSumExp } from '../../core/analysis/candidates.ts';
import type { Unit } from '../../core/model/units.ts';
import { row } from '../../core/tensor/tensor.ts';
import type { RunEdit } from '../../core/trace/edits/runEdit.ts';
import { MAX_LOGITS } from '../../core/trace/runner.ts';
import { Trace } from '../../core/trace/trace.ts';
import { throwIfCancelled } from '../../core/errors.ts';
import type { OpenModel } from '../openModel.ts';

/** A window to run three times. */
export interface AblationWindow extends Pick<ScoredSequence, 'set'> {
  readonly ids: readonly number[];
  /** Calibrated simulated activations, [tokens]. */
  readonly simulated: readonly number[];
}

/**
 * Puts the simulated activation, and then the mean one, in the unit's place at every token, and compares what the model
 * predicts with the real run. Neurons and latents only. Source: Bills et al. 2023, "ablation scoring".
 */
export async function ablationRuns(
  model: OpenModel,
  unit: Exclude<Unit, { kind: 'head' }>,
  windows: readonly AblationWindow[],
  { mean, signal }: { readonly mean: number; readonly signal: AbortSignal },
): Promise<AblatedWindow[]> {
  const done: AblatedWindow[] = [];
  for (const { ids, simulated, set } of windows) {
    throwIfCancelled(signal);
    const clean = await Trace.run(model.runner, ids, { signal });
    const edited = (values: Float32Array): Promise<Trace> =>
      Trace.run(model.runner, ids, {
        edits: [setUnit(unit, values)],
        saes: new Map([...model.saes].map(([id, sae]) => [id, sae.runner])),
        clean,
        signal,
      });
    const withSimulated = await edited(Float32Array.from(simulated));
    const withMean = await edited(new Float32Array(ids.length).fill(mean));
    done.push({ set, ...(await divergences(clean, { simulated: withSimulated, mean: withMean })) });
  }
  return done;
}

/** The unit's activation is given at every token. */
function setUnit(unit: Exclude<Unit, { kind: 'head' }>, values: Float32Array): RunEdit {
  const positions = Array.from(values, (_, position) => position);
  if (unit.kind === 'latent') return { ...unit, positions, keep: 0, value: values };
  const rows = Array.from(values, (value) => Float32Array.of(value));
  return {
    kind: 'hook',
    hook: 'post',
    layer: unit.layer,
    positions,
    index: unit.neuron,
    keep: 0,
    value: rows,
  };
}

async function divergences(
  clean: Trace,
  others: { readonly simulated: Trace; readonly mean: Trace },
): Promise<Pick<AblatedWindow, 'simulated' | 'mean'>> {
  const size = clean.ids.length;
  const simulated = new Float64Array(size);
  const mean = new Float64Array(size);
  const step = Math.max(1, Math.floor(MAX_LOGITS / 3 / clean.config.d_vocab));
  for (let start = 0; start < size; start += step) {
    const positions = Array.from({ length: Math.min(step, size - start) }, (_, index) => start + index);
    const real = await clean.logits(positions);
    const [first, second] = [await others.simulated.logits(positions), await others.mean.logits(positions)];
    for (const [index, position] of positions.entries()) {
      const p = softmax(row(real, index));
      simulated[position] = jensenShannon(p, softmax(row(first, index)));
      mean[position] = jensenShannon(p, softmax(row(second, index)));
    }
  }
  return { simulated, mean };
}

/** In float64. */
function softmax(logits: Float32Array): Float64Array {
  const total = logSumExp(logits);
  return Float64Array.from(logits, (logit) => Math.exp(logit - total));
}
