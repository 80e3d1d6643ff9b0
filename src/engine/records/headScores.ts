import type { Unit } from '../../core/model/units.ts';
import { layerHeadScores, type HeadScoreReading } from '../../core/records/units/headBehaviour.ts';
import { bug } from '../../core/errors.ts';
import type { OpenModel } from '../openModel.ts';

type Head = Extract<Unit, { readonly kind: 'head' }>;

/** Scores of heads on repeated random tokens, run once for each layer of a model. */
export function createHeadScores(): (
  model: OpenModel,
  head: Head,
  signal: AbortSignal,
) => Promise<HeadScoreReading> {
  const known = new WeakMap<OpenModel, Map<number, readonly HeadScoreReading[]>>();
  return async (model, { layer, head }, signal) => {
    const layers = known.get(model) ?? new Map<number, readonly HeadScoreReading[]>();
    known.set(model, layers);
    const { bosId: bos, size } = model.tokenizer;
    const scores = layers.get(layer) ?? (await layerHeadScores(model.runner, layer, { bos, size, signal }));
    layers.set(layer, scores);
    const own = scores[head];
    if (!own) throw bug(`layer ${layer} has no head ${head}`);
    return own;
  };
}
