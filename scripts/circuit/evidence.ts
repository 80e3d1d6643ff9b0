import { headScores, repeatedTokens, type HeadScores } from '../../src/core/analysis/headScores.ts';
import { layerAttribution } from '../../src/core/analysis/layerAttribution.ts';
import { measureEdits } from '../../src/core/analysis/measure/measure.ts';
import { TABLE_GRADIENTS } from '../../src/core/analysis/nodes/nodeTable.ts';
import { zeroed } from '../../src/core/analysis/measure/sweeps.ts';
import { Rng } from '../../src/core/world/rng.ts';
import { gradients } from '../../src/core/trace/gradients/gradients.ts';
import type { LogitScalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import type { IoiPrompt } from './prompts.ts';

export interface Head {
  readonly layer: number;
  readonly head: number;
}

/** Where a head looks from the last token: pattern weights that sum to 1. */
export const PLACES = ['indirectObject', 'subjectFirst', 'subjectSecond', 'bos', 'other'] as const;
export type Place = (typeof PLACES)[number];
export type Attention = Readonly<Record<Place, number>>;

/** One head on one prompt. Logits. */
export interface HeadEvidence extends Head {
  /** Direct effect on logit(IO) - mean logit of the other names. */
  readonly onIndirectObject: number;
  /** The same on the subject's logit. */
  readonly onSubject: number;
  /** On logit(IO) - logit(S): the difference of the two. */
  readonly directEffect: number;
  /** Measured total effect of the head on logit(IO) - logit(S): it is zeroed at all positions. */
  readonly measuredEffect: number;
  readonly attention: Attention;
  /** Weight on the name that comes first in the prompt, and on the second; one is the indirect object's. */
  readonly byOrder: { readonly first: number; readonly second: number };
  /** `attention` on the prompt in which a third name stands in the subject's second place. */
  readonly attentionUnrepeated: Attention;
}

/** One prompt, run. */
export interface PromptEvidence {
  readonly prompt: IoiPrompt;
  readonly trace: Trace;
  /** logit(IO) - logit(S) at the last token. */
  readonly logitDiff: number;
  /** In the order of `headsOf`. */
  readonly heads: readonly HeadEvidence[];
}

const NOWHERE: Attention = { indirectObject: 0, subjectFirst: 0, subjectSecond: 0, bos: 0, other: 1 };

export function headsOf({ info }: OpenModel): Head[] {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  return numbers(info.n_layers).flatMap((layer) => numbers(info.n_heads).map((head) => ({ layer, head })));
}

export function headName({ layer, head }: Head): string {
  return `L${layer}H${head}`;
}

/** Direct effects, attention and measured effects of every head on one prompt. */
export async function gather(model: OpenModel, prompt: IoiPrompt): Promise<PromptEvidence> {
  const trace = await Trace.run(model.runner, prompt.ids);
  const { indirectObject, subject, others } = prompt;
  const onIndirectObject = await directEffects(model, trace, scalarOf(trace, [indirectObject.id], others));
  const onSubject = await directEffects(model, trace, scalarOf(trace, [subject.id], others));
  const heads = headsOf(model);
  const measured = await zeroing(
    model,
    { prompt, trace },
    heads.map((head) => [head]),
  );
  const attention = await attentionFromLast(trace, prompt, heads);
  const unrepeated = await Trace.run(model.runner, prompt.unrepeated);
  const attentionUnrepeated = await attentionFromLast(unrepeated, prompt, heads);
  const rows = heads.map(({ layer, head }, index): HeadEvidence => {
    const effects = {
      onIndirectObject: onIndirectObject[layer]?.[head] ?? Number.NaN,
      onSubject: onSubject[layer]?.[head] ?? Number.NaN,
    };
    return {
      layer,
      head,
      ...effects,
      directEffect: effects.onIndirectObject - effects.onSubject,
      measuredEffect: measured[index] ?? Number.NaN,
      attention: attention[index] ?? NOWHERE,
      byOrder: byOrder(attention[index] ?? NOWHERE, prompt),
      attentionUnrepeated: attentionUnrepeated[index] ?? NOWHERE,
    };
  });
  const logits = (await trace.logits([prompt.ids.length - 1])).data;
  const logitDiff = (logits[indirectObject.id] ?? Number.NaN) - (logits[subject.id] ?? Number.NaN);
  return { prompt, trace, logitDiff, heads: rows };
}

/** By how much logit(IO) - logit(S) falls when all heads of a set are zeroed at all positions, for each set. */
export async function zeroing(
  model: OpenModel,
  { prompt, trace }: Pick<PromptEvidence, 'prompt' | 'trace'>,
  sets: readonly (readonly Head[])[],
): Promise<number[]> {
  const positions = [...prompt.ids.keys()];
  const edits = sets.map((heads) => heads.map((head) => zeroed({ kind: 'head', ...head }, positions)));
  const scalar = scalarOf(trace, [prompt.indirectObject.id], [prompt.subject.id]);
  const effects = await measureEdits(model.variants, trace, edits, scalar);
  return effects.map(({ effect }) => effect ?? Number.NaN);
}

/** Where some heads look from the last token when others are zeroed there. */
export async function attentionWithout(
  model: OpenModel,
  { prompt, trace }: Pick<PromptEvidence, 'prompt' | 'trace'>,
  { looking, without }: { readonly looking: readonly Head[]; readonly without: readonly Head[] },
): Promise<Attention[]> {
  const last = prompt.ids.length - 1;
  const edits = without.map((head) => zeroed({ kind: 'head', ...head }, [last]));
  return attentionFromLast(
    await Trace.run(model.runner, prompt.ids, { edits, clean: trace }),
    prompt,
    looking,
  );
}

/** Scores of every head on BOS and random tokens twice, one list per sequence. */
export async function randomScores(
  model: OpenModel,
  { sequences, length, seed }: { readonly sequences: number; readonly length: number; readonly seed: string },
): Promise<HeadScores[][]> {
  const all: HeadScores[][] = [];
  for (let index = 0; index < sequences; index++) {
    const rng = new Rng(`${seed}/${index}`);
    const tokens = Array.from({ length }, () => rng.below(model.info.d_vocab));
    const trace = await Trace.run(model.runner, repeatedTokens(model.tokenizer.bosId ?? 0, tokens));
    const scores: HeadScores[] = [];
    for (let layer = 0; layer < model.info.n_layers; layer++) {
      const pattern = await trace.hook(`blocks.${layer}.attn.hook_pattern`);
      scores.push(...headScores(pattern.data, length));
    }
    all.push(scores);
  }
  return all;
}

function scalarOf(trace: Trace, targets: readonly number[], distractors: readonly number[]): LogitScalar {
  return { kind: 'logits', reading: 'logit_diff', targets, distractors, position: trace.ids.length - 1 };
}

/** Direct effect per head, [layers][heads], scale of the final LayerNorm held. */
async function directEffects(
  model: OpenModel,
  trace: Trace,
  scalar: LogitScalar,
): Promise<readonly (readonly number[])[]> {
  const source = { runner: model.runner, trace, sae: model.variants.sae.bind(model.variants) };
  const side = {
    reads: model.reads,
    trace,
    scalar,
    gradients: await gradients(source, scalar, { frozenScale: true, hooks: TABLE_GRADIENTS }),
    saes: [],
    edits: [],
  };
  const request = { left: { side, scalar }, right: null, runner: model.runner, foldValueBiases: false };
  return (await layerAttribution(request)).heads;
}

async function attentionFromLast(
  trace: Trace,
  { indirectObject, subject }: IoiPrompt,
  heads: readonly Head[],
): Promise<Attention[]> {
  const size = trace.ids.length;
  const patterns = await Promise.all(
    Array.from({ length: trace.config.n_layers }, (_, layer) =>
      trace.hook(`blocks.${layer}.attn.hook_pattern`),
    ),
  );
  return heads.map(({ layer, head }) => {
    const from = (head * size + size - 1) * size;
    const at = (key: number): number => patterns[layer]?.data[from + key] ?? Number.NaN;
    const named = {
      indirectObject: at(indirectObject.position),
      subjectFirst: at(subject.first),
      subjectSecond: at(subject.second),
      bos: at(0),
    };
    return { ...named, other: 1 - Object.values(named).reduce((sum, weight) => sum + weight, 0) };
  });
}

function byOrder(
  { indirectObject, subjectFirst }: Attention,
  { order }: IoiPrompt,
): { readonly first: number; readonly second: number } {
  return order === 'ABB'
    ? { first: indirectObject, second: subjectFirst }
    : { first: subjectFirst, second: indirectObject };
}
