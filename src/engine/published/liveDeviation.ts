import { isInterpError } from '../../core/errors.ts';
import type { ImportedRecord } from '../../core/explain/formats/neuronRecord.ts';
import { need } from '../../core/graph/keptGraphs.ts';
import { activate } from '../../core/model/activation.ts';
import type { Unit } from '../../core/model/units.ts';
import { Trace } from '../../core/trace/trace.ts';
import { makeFit } from '../memory.ts';
import type { OpenModel } from '../openModel.ts';

/** How far published activations of a neuron lie from others, over the tokens of a window. */
interface Distance {
  readonly max: number;
  readonly mean: number;
}

/** The same with the model's own activation function, and with the exact GELU in its place. */
export interface LiveDeviation {
  readonly tokens: number;
  readonly own: Distance;
  readonly exact: Distance;
}

/**
 * Runs the open model on a published window. Null when its tokens are not the model's, or it does not fit in memory.
 * @param record without BOS, as it was published
 */
export async function liveDeviation(
  model: OpenModel,
  { layer, neuron }: Pick<Extract<Unit, { kind: 'neuron' }>, 'layer' | 'neuron'>,
  { tokens, activations }: ImportedRecord,
): Promise<LiveDeviation | null> {
  const { config } = model.runner;
  if (layer >= config.n_layers || neuron >= config.d_mlp) return null;
  const ids = idsOf(model, tokens);
  if (ids === null || activations.length !== ids.length) return null;
  try {
    const run = { pos: ids.length, what: 'Comparing a published window', loaded: true };
    await makeFit(config, model.plan, run, model.room);
  } catch (error) {
    if (isInterpError(error, 'model/too-large')) return null;
    throw error;
  }
  const read = await (await Trace.run(model.runner, ids)).layer(layer);
  const column = (name: 'pre' | 'post'): number[] => {
    const { data } = need(read, name);
    return ids.map((_, position) => data[position * config.d_mlp + neuron] ?? Number.NaN);
  };
  return {
    tokens: ids.length,
    own: distance(activations, column('post')),
    exact: distance(
      activations,
      column('pre').map((value) => activate('gelu', value)),
    ),
  };
}

/** `Over the 64 tokens of its first window ...`. */
export function deviationText({ tokens, own, exact }: LiveDeviation, model: string): string {
  const text = ({ max, mean }: Distance): string => `${max.toFixed(4)} (mean ${mean.toFixed(4)})`;
  return (
    `Run here: over the ${tokens} tokens of the first window they differ from ${model}'s own by at most ` +
    `${text(own)}, and from the exact GELU of the same inputs by at most ${text(exact)}.`
  );
}

/** Ids of the tokens when the tokenizer cuts their text as they are cut. */
function idsOf({ tokenizer, info }: OpenModel, tokens: readonly string[]): number[] | null {
  if (tokens.length === 0 || tokens.length > info.n_ctx) return null;
  const found = tokenizer.encode(tokens.join(''));
  const isSame = found.length === tokens.length && found.every(({ text }, at) => text === tokens[at]);
  return isSame ? found.map(({ id }) => id) : null;
}

function distance(published: readonly number[], others: readonly number[]): Distance {
  const gaps = published.map((value, at) => Math.abs(value - (others[at] ?? Number.NaN)));
  return { max: Math.max(...gaps), mean: gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length };
}
