import assert from 'node:assert/strict';
import type { ModelConfig } from '../../src/core/model/config.ts';
import { referenceForward, type Edit, type ReferenceRun, type Weights } from '../../src/core/model/gpt2.ts';
import { seededRandom } from './random.ts';

/** A scalar of a float64 run, and the run that it is taken from. */
export interface ReferenceScalar {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly ids: readonly number[];
  /** Reads the scalar of a run. */
  readonly read: (run: ReferenceRun) => number;
  /** Changes every run before the perturbation: edits, or a scale that is held. */
  readonly edit?: Edit;
}

/** Half the distance of the two runs of a difference, per unit of the direction. */
const STEP = 1e-5;

export function referenceRun({ config, weights, ids, edit }: ReferenceScalar): ReferenceRun {
  return referenceForward(config, weights, ids, edit);
}

/** Derivative of the scalar along `direction` at a hook, by a central difference of two float64 runs. */
export function slopeAt(scalar: ReferenceScalar, hook: string, direction: Float64Array): number {
  const moved = (step: number): number =>
    scalar.read(
      referenceForward(scalar.config, scalar.weights, scalar.ids, (name, values, dims) => {
        scalar.edit?.(name, values, dims);
        if (name !== hook) return;
        assert.equal(values.length, direction.length, hook);
        for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + step * (direction[i] ?? 0);
      }),
    );
  return (moved(STEP) - moved(-STEP)) / (2 * STEP);
}

/** Random directions of a size, the same for every call with the same seed: standard normal entries. */
export function directions(size: number, count: number, seed: number): Float64Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Float64Array.from({ length: size }, () => random.normal()));
}

/** An edit that holds hooks at their values in a run; `rows` limits it to some rows of the first axis. */
export function hold(
  run: ReferenceRun,
  hooks: readonly { readonly name: string; readonly rows?: readonly number[] }[],
): Edit {
  return (name, values, dims) => {
    const held = hooks.find((hook) => hook.name === name);
    const source = run.hooks.get(name)?.data;
    if (!held || !source) return;
    const [size = 1] = dims;
    const width = values.length / size;
    const rows = held.rows ?? Array.from({ length: size }, (_, row) => row);
    for (const row of rows) values.set(source.subarray(row * width, (row + 1) * width), row * width);
  };
}
