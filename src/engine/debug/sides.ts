import { klPerToken } from '../../core/analysis/divergence.ts';
import { scalarOfLogits } from '../../core/analysis/layerAttribution.ts';
import { row, type Tensor } from '../../core/tensor/tensor.ts';
import type { DebugSide } from '../../protocol/debugContract.ts';
import type { OpenModel } from '../openModel.ts';
import type { DebugRun, DebugSideRun } from './debugSession.ts';

/** Logits of one position of a run. Shape [d_vocab]. */
export async function logitsAt(model: OpenModel, run: DebugRun, position: number): Promise<Float32Array> {
  const x = row(finalResid(run), position);
  return (await model.runner.logits({ dims: [1, x.length], data: x })).data;
}

/** What the summary says of one side. `pairs`: position of `other` for each of this run's. */
export async function describeSide(
  model: OpenModel,
  side: DebugSideRun,
  against: { readonly other: DebugRun; readonly pairs: readonly (number | null)[] } | null,
  signal: AbortSignal,
): Promise<DebugSide> {
  const loss = await losses(model, side, signal);
  const kl =
    against === null
      ? null
      : await klPerToken(
          model.runner,
          { p: finalResid(side), q: finalResid(against.other), pairs: against.pairs },
          signal,
        );
  const value = scalarOfLogits(side.scalar, await logitsAt(model, side, side.scalar.position));
  return { tokens: side.tokens, value, loss, kl };
}

/** Loss of each token, nats; null for the first, which nothing foresaw. */
async function losses(model: OpenModel, run: DebugRun, signal: AbortSignal): Promise<(number | null)[]> {
  const ids = run.tokens.map(({ id }) => id);
  if (ids.length < 2) return ids.map(() => null);
  const final = finalResid(run);
  const width = final.dims[1] ?? 1;
  const seen: Tensor = {
    dims: [ids.length - 1, width],
    data: final.data.subarray(0, (ids.length - 1) * width),
  };
  const { logProb } = await model.runner.surprise(seen, ids.slice(1), signal);
  return ids.map((_, position) => {
    const own = logProb[position - 1];
    return own === undefined ? null : -own;
  });
}

function finalResid({ trace }: DebugRun): Tensor {
  return trace.residPre(trace.config.n_layers);
}
