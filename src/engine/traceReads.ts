import { InterpError } from '../core/errors.ts';
import { topCandidates } from '../core/analysis/candidates.ts';
import { heatMap, noPosition } from '../core/analysis/heatMap.ts';
import { logitLens } from '../core/analysis/logitLens.ts';
import { mostWriting } from '../core/analysis/mostActive.ts';
import { topHeads, topLatents, topNeurons } from '../core/analysis/topUnits.ts';
import { weightEntry } from '../core/graph/block.ts';
import { formatUnit, type Unit } from '../core/model/units.ts';
import type { HoverReading, NeuronReading, PatternReading, UnitReading } from '../core/trace/readings.ts';
import type { EngineTraceReads } from '../protocol/engineContract.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { readTensor } from '../runtime/files/tensors.ts';
import type { LiveTrace } from './liveTrace.ts';
import type { LiveTraces } from './liveTraces.ts';
import type { UnitWords } from './records/unitWords.ts';
import { writeNorms } from './writeNorms.ts';

/** What views read of a trace: slices and lists, never all of it. */
export function traceReads(traces: LiveTraces, words: UnitWords): Handlers<EngineTraceReads> {
  return {
    'trace/heatMap': ({ traceId, quantity }) => heatMap(traces.get(traceId), quantity),
    'trace/candidates': async ({ traceId, position, k }) => {
      const live = traces.at(traceId, position);
      return topCandidates(await live.logits(position), k, (id) => live.model.tokenizer.text(id));
    },
    'trace/lens': ({ traceId, position, k }) => {
      const live = traces.at(traceId, position);
      return logitLens(live.trace, { position, k }, (id) => live.model.tokenizer.text(id));
    },
    'trace/topNeurons': async ({ traceId, position, layer, k }) => {
      const top = await topNeurons(traces.at(traceId, position, layer).trace, layer, position, k);
      const { model } = traces.get(traceId);
      return withWords(
        model,
        words,
        top.map(({ neuron, value }) => reading({ kind: 'neuron', layer, neuron }, value)),
      );
    },
    'trace/topHeads': async ({ traceId, ...at }) => {
      const live = traces.at(traceId, at.position, at.layer);
      return withWords(live.model, words, await headsAt(live, at));
    },
    'trace/topLatents': async ({ traceId, position, layer, k }) => {
      const live = traces.at(traceId, position, layer);
      const saes = live.saes.filter((sae) => sae.layer === layer);
      return withWords(live.model, words, await latentsAt(live, position, { k, saes }));
    },
    'trace/pattern': ({ traceId, layer, head }) => patternOf(traces.at(traceId, 0, layer), layer, head),
    'trace/hover': async ({ traceId, position, k, neurons }): Promise<HoverReading> => {
      const live = traces.at(traceId, position);
      const token = live.tokens[position];
      if (!token) throw noPosition(position, live.tokens.length);
      const latents = await latentsAt(live, position, { k, saes: live.saes });
      const writing = await neuronsAt(live, position, neurons);
      return {
        position,
        token,
        latents: await withWords(live.model, words, latents),
        neurons: await withWords(live.model, words, writing),
      };
    },
  };
}

async function headsAt(
  live: LiveTrace,
  at: { readonly position: number; readonly layer: number; readonly k: number },
): Promise<UnitReading[]> {
  const W_O = await readTensor(weightEntry(live.model.checkpoint, `h.${at.layer}.attn.c_proj.weight`));
  const top = await topHeads(live.trace, W_O, at);
  return top.map(({ head, value, attendsTo }) => ({
    ...reading({ kind: 'head', layer: at.layer, head }, value),
    attendsTo,
  }));
}

async function patternOf(live: LiveTrace, layer: number, head: number): Promise<PatternReading> {
  const size = live.tokens.length;
  const { n_heads } = live.trace.config;
  if (head >= n_heads) {
    const id = formatUnit({ kind: 'head', layer, head });
    throw new InterpError('unit/unknown', `${id} does not exist: each layer has ${n_heads} heads.`, {
      data: { unit: id },
    });
  }
  const { data } = await live.trace.hook(`blocks.${layer}.attn.hook_pattern`);
  return { layer, head, size, pattern: data.slice(head * size * size, (head + 1) * size * size) };
}

/** The strongest latents of several SAEs together. */
async function latentsAt(
  live: LiveTrace,
  position: number,
  asked: { readonly k: number; readonly saes: readonly { readonly id: string }[] },
): Promise<UnitReading[]> {
  const all: UnitReading[] = [];
  for (const { id } of asked.saes) {
    for (const { index, value } of topLatents(await live.acts(id), position, asked.k)) {
      all.push(reading({ kind: 'latent', sae: id, index }, value));
    }
  }
  return all.toSorted((a, b) => b.value - a.value).slice(0, asked.k);
}

/** The neurons of all layers that write most, among the most active of each. */
async function neuronsAt(live: LiveTrace, position: number, k: number): Promise<NeuronReading[]> {
  if (k === 0) return [];
  const active = live.mostActive.at(position);
  const norms = await writeNorms(live.model.checkpoint, active);
  return mostWriting(active, norms, k).map(({ layer, neuron, value, writes }) => ({
    ...reading({ kind: 'neuron', layer, neuron }, value),
    writes,
  }));
}

function withWords<R extends UnitReading>(
  model: LiveTrace['model'],
  words: UnitWords,
  readings: readonly R[],
): Promise<R[]> {
  return Promise.all(readings.map(async (each) => ({ ...each, known: await words.words(model, each.id) })));
}

function reading(unit: Unit, value: number): UnitReading {
  return { unit, id: formatUnit(unit), value, known: null, attendsTo: null };
}
