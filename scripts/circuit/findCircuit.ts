import type { HeadScores } from '../../src/core/analysis/headScores.ts';
import { meanInterval } from '../../src/core/analysis/measure/manyPrompts.ts';
import { Rng } from '../../src/core/world/rng.ts';
import type { OpenModel } from '../../src/engine/openModel.ts';
import {
  attentionWithout,
  gather,
  headName,
  headsOf,
  PLACES,
  randomScores,
  zeroing,
  type Attention,
  type Head,
  type HeadEvidence,
  type Place,
  type PromptEvidence,
} from './evidence.ts';
import { drawPrompts } from './prompts.ts';
import { rolesOf, type Role } from './roles.ts';

/** A mean with its 95 % interval; null for a single value. */
export type Mean = ReturnType<typeof meanInterval>;

type AttentionMeans = Readonly<Record<Place, Mean>>;

export interface HeadReport extends Head {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Over sequences of random tokens. */
  readonly scores: Readonly<Record<keyof HeadScores, Mean>>;
  /** Over prompts, as in `HeadEvidence`. Logits. */
  readonly directEffect: Mean;
  readonly onIndirectObject: Mean;
  readonly onSubject: Mean;
  readonly measuredEffect: Mean;
  readonly attention: AttentionMeans;
  readonly byOrder: { readonly first: Mean; readonly second: Mean };
  readonly attentionUnrepeated: AttentionMeans;
}

/** Zeroing three heads at once, on prompts that had no part in choosing them. */
export interface Ablation {
  /** The three of the largest mean measured effect on the other half of the prompts. */
  readonly heads: readonly string[];
  readonly prompts: number;
  /** Mean logit difference before, and what falls away. Logits. */
  readonly logitDiff: Mean;
  readonly removed: Mean;
  /** Random triples of the other heads: what falls away, mean over triples, and of the worst of them. */
  readonly triples: number;
  readonly removedByRandom: Mean;
  readonly removedByWorst: number;
}

/** Which heads do what on indirect-object prompts. */
export interface Circuit {
  readonly prompts: number;
  readonly forms: number;
  readonly sequences: number;
  /** logit(IO) - logit(S) at the last token, and the share of prompts in which it is above 0. */
  readonly logitDiff: Mean;
  readonly right: number;
  /** Layer by layer. */
  readonly heads: readonly HeadReport[];
  /** Where the name movers look when the suppression heads are zeroed at the last token. */
  readonly steering: readonly {
    readonly name: string;
    readonly without: readonly string[];
    readonly attention: AttentionMeans;
  }[];
  readonly ablation: Ablation;
}

export interface CircuitOptions {
  readonly prompts: number;
  /** Random triples that the measured three are compared with. */
  readonly triples: number;
  readonly sequences: number;
  readonly seed: string;
}

const TOP = 3;
/** Random tokens in each copy: as ARENA does. */
const COPY = 50;

/** Cost: some 40 ms of one core per prompt for the embedded model. */
export async function findCircuit(model: OpenModel, options: CircuitOptions): Promise<Circuit> {
  const { seed, sequences } = options;
  const prompts = drawPrompts(model, options.prompts, seed);
  const all: PromptEvidence[] = [];
  for (const prompt of prompts) all.push(await gather(model, prompt));
  const scores = await randomScores(model, { sequences, length: COPY, seed: `${seed}/random` });
  const logitDiff = meanInterval(all.map((each) => each.logitDiff));
  const heads = headsOf(model).map((head, index) =>
    reportHead(head, {
      evidence: all.flatMap(({ heads }) => heads[index] ?? []),
      scores: scores.flatMap((each) => each[index] ?? []),
      logitDiff: logitDiff.mean,
    }),
  );
  return {
    prompts: all.length,
    forms: new Set(prompts.map(({ form }) => form)).size,
    sequences,
    logitDiff,
    right: all.filter((each) => each.logitDiff > 0).length / all.length,
    heads,
    steering: await steer(model, all, heads),
    ablation: await ablate(model, all, options),
  };
}

function reportHead(
  head: Head,
  found: {
    readonly evidence: readonly HeadEvidence[];
    readonly scores: readonly HeadScores[];
    readonly logitDiff: number;
  },
): HeadReport {
  const over = (value: (each: HeadEvidence) => number): Mean => meanInterval(found.evidence.map(value));
  const score = (name: keyof HeadScores): Mean => meanInterval(found.scores.map((each) => each[name]));
  const report = {
    ...head,
    name: headName(head),
    scores: {
      previousToken: score('previousToken'),
      nearby: score('nearby'),
      duplicateToken: score('duplicateToken'),
      induction: score('induction'),
      entropy: score('entropy'),
    },
    directEffect: over((each) => each.directEffect),
    onIndirectObject: over((each) => each.onIndirectObject),
    onSubject: over((each) => each.onSubject),
    measuredEffect: over((each) => each.measuredEffect),
    attention: attentionMeans(found.evidence.map((each) => each.attention)),
    byOrder: { first: over((each) => each.byOrder.first), second: over((each) => each.byOrder.second) },
    attentionUnrepeated: attentionMeans(found.evidence.map((each) => each.attentionUnrepeated)),
  };
  return { ...report, roles: rolesOf(report, found.logitDiff) };
}

function attentionMeans(all: readonly Attention[]): AttentionMeans {
  const means = PLACES.map((place) => [place, meanInterval(all.map((each) => each[place]))] as const);
  return Object.fromEntries(means) as Record<Place, Mean>;
}

async function steer(
  model: OpenModel,
  all: readonly PromptEvidence[],
  heads: readonly HeadReport[],
): Promise<Circuit['steering']> {
  const having = (role: Role): HeadReport[] => heads.filter(({ roles }) => roles.includes(role));
  const [looking, without] = [having('name mover'), having('suppression')];
  if (without.length === 0) return [];
  const found: Attention[][] = [];
  for (const each of all) found.push(await attentionWithout(model, each, { looking, without }));
  return looking.map((head, index) => ({
    name: headName(head),
    without: without.map(headName),
    attention: attentionMeans(found.flatMap((each) => each[index] ?? [])),
  }));
}

/** Even prompts choose the three heads, odd ones judge them. */
async function ablate(
  model: OpenModel,
  all: readonly PromptEvidence[],
  { triples: count, seed }: CircuitOptions,
): Promise<Ablation> {
  const choosing = all.filter((_, index) => index % 2 === 0);
  const judging = all.filter((_, index) => index % 2 === 1);
  const measured = headsOf(model).map((head, index) => ({
    head,
    mean: meanInterval(choosing.map(({ heads }) => heads[index]?.measuredEffect ?? Number.NaN)).mean,
  }));
  const ranked = measured.toSorted((a, b) => b.mean - a.mean).map(({ head }) => head);
  const rng = new Rng(`${seed}/triples`);
  const triples = Array.from({ length: count }, () => rng.sample(ranked.slice(TOP), TOP));
  const chosen = ranked.slice(0, TOP);
  const removed: number[][] = [];
  for (const each of judging) removed.push(await zeroing(model, each, [chosen, ...triples]));
  const random = removed.map(([, ...byTriple]) => byTriple);
  const means = triples.map((_, index) => meanInterval(random.map((each) => each[index] ?? Number.NaN)).mean);
  return {
    heads: chosen.map(headName),
    prompts: judging.length,
    logitDiff: meanInterval(judging.map(({ logitDiff }) => logitDiff)),
    removed: meanInterval(removed.map(([first]) => first ?? Number.NaN)),
    triples: count,
    removedByRandom: meanInterval(random.map((each) => meanInterval(each).mean)),
    removedByWorst: Math.max(...means),
  };
}
