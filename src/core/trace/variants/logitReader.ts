import { ints } from '../../graph/session.ts';
import { row } from '../../tensor/tensor.ts';
import { InterpError } from '../../errors.ts';
import { fetchTensors, need } from '../../graph/keptGraphs.ts';
import { heldScale } from '../gradients/gradientSource.ts';
import { linearTerms } from '../gradients/readoutLogits.ts';
import { dot, normOf } from '../gradients/throughNorm.ts';
import type { LogitScalar } from '../gradients/scalar.ts';
import type { Trace } from '../trace.ts';
import type { ReadRows, ScalarReader, ScalarValues } from './scalarReader.ts';
import type { VariantModel } from './variantModel.ts';

/** Logits read from the last residual stream: only the rows and the columns of W_U that the scalar needs. */
export async function logitReader(
  model: VariantModel,
  base: Trace,
  scalar: LogitScalar,
): Promise<ScalarReader> {
  if (scalar.targets.length === 0)
    throw new InterpError('scalar/no-target', 'There is no target token to explain.');
  const { n_layers, eps } = model.config;
  const { position } = scalar;
  const held = heldScale(base.edits, 'ln_final', null, position);
  const invStd = held ?? normOf(row(base.residPre(n_layers), position), eps).invStd;
  const read =
    scalar.reading === 'log_prob'
      ? (rows: ReadRows) => readLogProb(model, scalar, rows, invStd)
      : await linearReading(model, scalar, invStd);
  return { layer: n_layers, inside: [], position, read };
}

/** Sums of logits in float64: (x - mean) / sigma . u + bias . W_U c, u = gain * (W_U c), c the coefficients. */
async function linearReading(
  model: VariantModel,
  scalar: LogitScalar,
  baseScale: number,
): Promise<ScalarReader['read']> {
  const terms = linearTerms(scalar);
  const graph = await model.runner.graphs.unembedRows();
  const read = await fetchTensors(graph, { ids: ints(terms.map(({ id }) => id)) }, ['rows', 'gain', 'bias']);
  const direction = new Float64Array(model.config.d_model);
  terms.forEach(({ coefficient }, term) => {
    row(need(read, 'rows'), term).forEach((value, unit) => {
      direction[unit] = (direction[unit] ?? 0) + coefficient * value;
    });
  });
  const gain = need(read, 'gain').data;
  const u = direction.map((value, unit) => value * (gain[unit] ?? Number.NaN));
  const along = u.reduce((sum, value) => sum + value, 0);
  const constant = dot(need(read, 'bias').data, direction);
  return ({ runs, resid, lists }) => {
    const live = new Float64Array(runs);
    const frozen = new Float64Array(runs);
    for (let run = 0; run < runs; run++) {
      const x = row(resid, run);
      const { mean, invStd } = normOf(x, model.config.eps);
      const centred = dot(x, u) - mean * along;
      const held = heldScale(lists[run] ?? [], 'ln_final', null, scalar.position);
      live[run] = centred * (held ?? invStd) + constant;
      frozen[run] = centred * baseScale + constant;
    }
    return Promise.resolve({ live, frozen });
  };
}

/** ln of the summed probability of the targets. */
async function readLogProb(
  model: VariantModel,
  { targets, position }: LogitScalar,
  { resid, lists }: ReadRows,
  baseScale: number,
): Promise<ScalarValues> {
  const held = lists.map((edits) => heldScale(edits, 'ln_final', null, position));
  const frozenScale = lists.map(() => baseScale);
  const total = async (scale: readonly (number | null)[]): Promise<Float64Array> => {
    const each = await Promise.all(targets.map((token) => model.logProb(resid, token, scale)));
    return logSumExp(each);
  };
  return { live: await total(held), frozen: await total(frozenScale) };
}

/** ln(sum of exp) of several arrays, element by element. */
function logSumExp(arrays: readonly Float64Array[]): Float64Array {
  const [first, ...rest] = arrays;
  if (!first || rest.length === 0) return first ?? new Float64Array();
  return first.map((_, index) => {
    const values = arrays.map((array) => array[index] ?? Number.NaN);
    const max = Math.max(...values);
    return max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0));
  });
}
