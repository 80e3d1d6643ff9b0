import { ints } from '../../graph/session.ts';
import { row } from '../../tensor/tensor.ts';
import { fetchTensors, need } from '../../graph/keptGraphs.ts';
import { heldScale, keptPart, type GradientSource } from './gradientSource.ts';
import type { GradientOptions } from './readout.ts';
import { dot, throughNorm, times } from './throughNorm.ts';

/** Which vector of a head: its query, key or value at one row. */
export interface HeadRow {
  readonly part: 'q' | 'k' | 'v';
  readonly layer: number;
  readonly head: number;
  readonly position: number;
}

/** direction . (q, k or v of a head) as a function of resid_pre at its row. */
export interface HeadReading {
  readonly vector: Float64Array;
  readonly constant: number;
  readonly value: number;
  readonly live: boolean;
}

/** The head's vector at a row as the run has it, [d_head]. */
export async function headVector({ trace }: GradientSource, at: HeadRow): Promise<Float32Array> {
  const { data, dims } = need(await trace.layer(at.layer), at.part);
  const [, , rows = 0, width = 0] = dims; // [1, head, pos, d_head]
  const start = (at.head * rows + at.position) * width;
  return data.subarray(start, start + width);
}

/** Reads a head's query, key or value along `direction` [d_head], back to resid_pre of its layer. */
export async function readHead(
  source: GradientSource,
  at: HeadRow,
  direction: ArrayLike<number>,
  options: GradientOptions,
): Promise<HeadReading> {
  const { runner, trace } = source;
  const { d_model, d_head } = runner.config;
  const first = ['q', 'k', 'v'].indexOf(at.part) * d_model + at.head * d_head;
  const columns = Array.from({ length: d_head }, (_, i) => first + i);
  const weights = await fetchTensors(
    await runner.graphs.blockWeights(at.layer),
    { neurons: ints([]), columns: ints(columns) },
    ['ln1.gain', 'ln1.bias', 'W_qkv', 'b_qkv'],
  );
  const run = await trace.layer(at.layer);
  const live = !options.frozenScale && heldScale(trace.edits, 'ln1', at.layer, at.position) === null;
  const W = need(weights, 'W_qkv');
  const through = throughNorm(
    {
      x: row(trace.residPre(at.layer), at.position),
      mean: need(run, 'ln1.mean').data[at.position] ?? Number.NaN,
      invStd: need(run, 'ln1.inv_std').data[at.position] ?? Number.NaN,
      gain: need(weights, 'ln1.gain').data,
      bias: need(weights, 'ln1.bias').data,
    },
    Float64Array.from({ length: d_model }, (_, i) => dot(row(W, i), direction)),
    live ? 'live' : 'frozen',
  );
  const bias = dot(need(weights, 'b_qkv').data, direction);
  const read = {
    vector: through.vector,
    constant: through.constant + bias,
    value: through.value + bias,
    live,
  };
  return afterEdits(source, at, direction, read);
}

/** keep * raw + value is what the run has: the gradient keeps its share, and the value is one of the constants. */
async function afterEdits(
  source: GradientSource,
  at: HeadRow,
  direction: ArrayLike<number>,
  raw: HeadReading,
): Promise<HeadReading> {
  const keep = keptPart(source.trace.edits, { ...at, hook: at.part });
  if (keep === null) return raw;
  const value = dot(await headVector(source, at), direction);
  return {
    live: raw.live,
    value,
    vector: times(raw.vector, keep),
    constant: keep * raw.constant + (value - keep * raw.value),
  };
}
