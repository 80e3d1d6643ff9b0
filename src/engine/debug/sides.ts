import { klPerToken } from '../../core/analysis/divergence.ts';
import { scalarOfLogits } from '../../core/analysis/layerAttribution.ts';
import type { DebugSide } from '../../protocol/debugContract.ts';
import type { DebugRun, DebugSideRun } from './debugSession.ts';

/** Logits of one position of a run. Shape [d_vocab]. */
export async function logitsAt({ trace }: DebugRun, position: number): Promise<Float32Array> {
  return (await trace.logits([position])).data;
}

/** What the summary says of one side. `pairs`: position of `other` for each of this run's. */
export async function describeSide(
  side: DebugSideRun,
  against: { readonly other: DebugRun; readonly pairs: readonly (number | null)[] } | null,
  signal: AbortSignal,
): Promise<DebugSide> {
  const loss = await losses(side, signal);
  const kl =
    against === null
      ? null
      : await klPerToken({ p: side.trace, q: against.other.trace, pairs: against.pairs }, signal);
  const value = scalarOfLogits(side.scalar, await logitsAt(side, side.scalar.position));
  return { tokens: side.tokens, value, loss, kl };
}

/** Loss of each token, nats; null for the first, which nothing foresaw. */
async function losses({ tokens, trace }: DebugRun, signal: AbortSignal): Promise<(number | null)[]> {
  if (tokens.length < 2) return tokens.map(() => null);
  const { logProb } = await trace.surprise(signal);
  return tokens.map((_, position) => {
    const own = logProb[position - 1];
    return own === undefined ? null : -own;
  });
}
