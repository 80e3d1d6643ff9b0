import { InterpError } from '../../errors.ts';
import { ints } from '../../graph/session.ts';
import { row } from '../../tensor/tensor.ts';
import { fetchTensors, need } from '../../graph/keptGraphs.ts';
import { assertPosition, heldScale, type GradientSource } from './gradientSource.ts';
import type { GradientOptions, Readout } from './readout.ts';
import type { LogitScalar } from './scalar.ts';
import { normOf, throughNorm } from './throughNorm.ts';

/** Why a scalar that reads through a live LayerNorm does not add up. */
export const LIVE_SCALE = 'the scale of the LayerNorm that is read through changes with what it reads';

/** What the logits are multiplied by, in the model's width, and the scalar. */
interface Direction {
  /** W_U . coefficients, [d_model]. */
  readonly direction: Float64Array;
  /** Null: the scalar is the direction times the LayerNorm's output. */
  readonly value: number | null;
}

/**
 * Readout of a scalar of the logits. With the scale frozen: vector = (u - mean(u)) / sigma, u = gain * (W_U . c), c
 * the scalar's derivative by each logit. Cost: a gather of a few rows; for log_prob two products with W_U.
 * @throws scalar/no-target, position/out-of-range
 */
export async function logitReadout(
  source: GradientSource,
  scalar: LogitScalar,
  options: GradientOptions,
): Promise<Readout> {
  const { runner, trace } = source;
  const { n_layers, eps } = runner.config;
  const { position } = scalar;
  assertPosition(source, position);
  if (scalar.targets.length === 0)
    throw new InterpError('scalar/no-target', 'There is no target token to explain.');
  const x = row(trace.residPre(n_layers), position);
  const held = heldScale(trace.edits, 'ln_final', null, position);
  const norm = normOf(x, eps);
  const { gain, bias, direction, value } = await readUnembed(source, scalar);
  const live = !options.frozenScale && held === null;
  const through = throughNorm(
    { x, mean: norm.mean, invStd: held ?? norm.invStd, gain, bias },
    direction,
    live ? 'live' : 'frozen',
  );
  return {
    site: { layer: n_layers - 1, hook: 'resid_post' },
    vectors: [{ position, vector: Float32Array.from(through.vector) }],
    constants: [{ name: 'ln_f', value: through.constant }],
    value: value ?? through.value,
    notAdditive: whyNotAdditive(scalar, live),
    held: live ? [] : [`scale of the final LayerNorm at ${position}`],
  };
}

function whyNotAdditive({ reading }: LogitScalar, live: boolean): string | null {
  if (reading === 'log_prob') return 'a log-probability is not linear in the logits';
  return live ? LIVE_SCALE : null;
}

interface UnembedReads extends Direction {
  readonly gain: Float32Array;
  readonly bias: Float32Array;
}

async function readUnembed(source: GradientSource, scalar: LogitScalar): Promise<UnembedReads> {
  const terms = linearTerms(scalar);
  const graph = await source.runner.graphs.unembedRows();
  const feeds = { ids: ints(terms.map(({ id }) => id)) };
  const read = await fetchTensors(graph, feeds, ['rows', 'gain', 'bias']);
  const [gain, bias] = [need(read, 'gain').data, need(read, 'bias').data];
  if (scalar.reading === 'log_prob') return { gain, bias, ...(await logProbDirection(source, scalar)) };
  const rows = need(read, 'rows');
  const direction = new Float64Array(gain.length);
  for (const [term, { coefficient }] of terms.entries())
    row(rows, term).forEach((value, i) => (direction[i] = (direction[i] ?? 0) + coefficient * value));
  return { gain, bias, direction, value: null };
}

/** Mean of the targets minus mean of the distractors; without distractors, and for `logit`, the targets alone. */
export function linearTerms({
  reading,
  targets,
  distractors,
}: LogitScalar): { id: number; coefficient: number }[] {
  if (reading === 'log_prob') return [];
  const terms = targets.map((id) => ({ id, coefficient: 1 / targets.length }));
  if (reading === 'logit') return terms;
  return [...terms, ...distractors.map((id) => ({ id, coefficient: -1 / distractors.length }))];
}

/** d ln(sum of p(target)) / d logit v = [v is a target] p_v / sum - p_v. */
async function logProbDirection({ runner, trace }: GradientSource, scalar: LogitScalar): Promise<Direction> {
  const { data: logits } = await trace.logits([scalar.position]);
  const { value, coefficients } = logProbOf(logits, scalar.targets);
  const graph = await runner.graphs.unembedDirection();
  const feeds = { coefficients: { dims: [1, logits.length], data: coefficients } };
  const direction = need(await fetchTensors(graph, feeds, ['direction']), 'direction');
  return { direction: Float64Array.from(direction.data), value };
}

/** ln of the summed probability of the targets, nats, and its derivative by every logit. */
export function logProbOf(
  logits: Float32Array,
  targets: readonly number[],
): { value: number; coefficients: Float32Array } {
  const members = new Set(targets);
  const chosen = logSumExp([...members].map((id) => logits[id] ?? Number.NaN));
  const all = logSumExp(logits);
  const coefficients = logits.map((logit, id) => {
    const share = members.has(id) ? Math.exp(logit - chosen) : 0;
    return share - Math.exp(logit - all);
  });
  return { value: chosen - all, coefficients };
}

function logSumExp(values: ArrayLike<number>): number {
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i] ?? Number.NaN);
  let total = 0;
  for (let i = 0; i < values.length; i++) total += Math.exp((values[i] ?? Number.NaN) - max);
  return max + Math.log(total);
}
