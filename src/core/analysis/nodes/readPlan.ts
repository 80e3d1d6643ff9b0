import { bug } from '../../errors.ts';
import { tensor, type Tensor } from '../../tensor/tensor.ts';
import type { GradientHook, Gradients, Readout } from '../../trace/gradients/readout.ts';
import { attentionStage, mlpStage, stageAt, type Stage } from './nodeSide.ts';

/** Gradients of the scalar at one place, for the tokens where it reads that place. */
export interface GradientRows {
  /** `residual`: vectors of [d_model]; `z`: of [head * d_head], read before W_O; `post`: of [d_mlp], before W_out. */
  readonly space: 'residual' | 'z' | 'post';
  readonly positions: readonly number[];
  /** Row of `matrix` per token; -1 where nothing is read. */
  readonly rowOf: Int32Array;
  /** [positions, width]. */
  readonly matrix: Tensor;
  /** Whether what is written there is part of the scalar's sum. */
  readonly inSum: boolean;
}

/** Which gradient a direct effect is taken against, by where a node writes. Null = the scalar does not read it. */
export interface ReadPlan {
  at(stage: Stage): GradientRows | null;
}

/**
 * A scalar that reads the residual stream reads everything written before. One that reads a block's own output
 * (`attn_out`, `z`, `mlp_out`, `post`) reads that part alone: it closes the sum, and nodes further up get the gradient at the
 * residual stream just before the part, as in the Transformer Debugger, outside of the sum.
 */
export function readPlan(gradients: Gradients, size: number): ReadPlan {
  const { readout } = gradients;
  const { layer, hook } = readout.site;
  const own = fromReadout(readout, size);
  switch (hook) {
    case 'resid_pre':
    case 'resid_mid':
    case 'resid_post':
      return upTo(stageAt(hook, layer), own);
    case 'attn_out':
    case 'z': {
      const before = upTo(stageAt('resid_pre', layer), fromGradient(gradients.residPre(layer)));
      return { at: (stage) => (stage === attentionStage(layer) ? own : before.at(stage)) };
    }
    case 'post':
    case 'mlp_out': {
      const before = upTo(
        stageAt('resid_mid', layer),
        fromGradient(gradientAt(gradients, layer, 'resid_mid')),
      );
      return { at: (stage) => (stage === mlpStage(layer) ? own : before.at(stage)) };
    }
  }
}

/** A gradient that must exist because the scalar reads at or above it. */
function gradientAt(gradients: Gradients, layer: number, hook: GradientHook): Tensor {
  const found = gradients.layer(layer)?.get(hook);
  if (!found) throw bug(`there is no gradient at ${hook} of layer ${layer}, where the scalar reads`);
  return found;
}

function upTo(limit: Stage, rows: GradientRows): ReadPlan {
  return { at: (stage) => (stage <= limit ? rows : null) };
}

function fromReadout(readout: Readout, size: number): GradientRows {
  const sums = new Map<number, Float32Array>();
  for (const { position, vector } of readout.vectors) {
    const known = sums.get(position);
    sums.set(position, known ? known.map((value, index) => value + (vector[index] ?? 0)) : vector);
  }
  const { hook } = readout.site;
  const space = hook === 'z' || hook === 'post' ? hook : 'residual';
  return pack(sums, size, { space, inSum: true });
}

function fromGradient(gradient: Tensor): GradientRows {
  const width = gradient.dims.at(-1) ?? 1;
  const size = gradient.data.length / width;
  const rows = new Map<number, Float32Array>();
  for (let position = 0; position < size; position++) {
    const row = gradient.data.subarray(position * width, (position + 1) * width);
    if (row.some((value) => value !== 0)) rows.set(position, row);
  }
  return pack(rows, size, { space: 'residual', inSum: false });
}

function pack(
  rows: ReadonlyMap<number, Float32Array>,
  size: number,
  what: Pick<GradientRows, 'space' | 'inSum'>,
): GradientRows {
  const positions = [...rows.keys()].toSorted((a, b) => a - b);
  const width = rows.get(positions[0] ?? -1)?.length ?? 0;
  const data = new Float32Array(positions.length * width);
  const rowOf = new Int32Array(size).fill(-1);
  positions.forEach((position, row) => {
    data.set(rows.get(position) ?? [], row * width);
    rowOf[position] = row;
  });
  return { ...what, positions, rowOf, matrix: tensor([positions.length, width], data) };
}
