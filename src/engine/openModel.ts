import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { NodeReads } from '../core/analysis/nodes/nodeReads.ts';
import { createGraphs, type Graphs } from '../core/graph/graphs.ts';
import type { SessionFactory } from '../core/graph/session.ts';
import { countParameters, type Checkpoint } from '../core/model/checkpoint.ts';
import { createTokenizer, checkVocabularySize, type Tokenizer } from '../core/tokens/tokenizer.ts';
import { Runner } from '../core/trace/runner.ts';
import type { PrepackChoice } from '../core/speed.ts';
import { SaeRunner } from '../core/trace/saeRunner.ts';
import { VariantModel } from '../core/trace/variants/variantModel.ts';
import type { ModelInfo, ModelRef } from '../protocol/engineContract.ts';
import { ownSaeFolders, readModelCard } from '../runtime/files/listModels.ts';
import { openCheckpoint, weightBytes } from '../runtime/files/openCheckpoint.ts';
import type { SaeFolder } from '../runtime/files/openSaes.ts';
import { readTokenizerFiles } from '../runtime/files/tokenizerFiles.ts';
import type { LatentWords } from './latentWords.ts';
import { MACHINE, makeFit, planWeights, type Room, type WeightPlan } from './memory.ts';
import { memoryOf } from './modelMemory.ts';
import { openNamed, openOwn } from './openFitting.ts';
import { readSaeNotes, saeInfo } from './saeInfo.ts';

export interface AttachedSae extends SaeFolder {
  readonly runner: SaeRunner;
  readonly words: LatentWords;
  readonly l0: number | null;
}

/** A model ready to run: everything that belongs to it, nothing of any prompt. */
export interface OpenModel {
  readonly info: ModelInfo;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  readonly runner: Runner;
  /** What node tables read of the weights. */
  readonly reads: NodeReads;
  /** What edited runs read of it. */
  readonly variants: VariantModel;
  readonly plan: WeightPlan;
  /** Memory that its runs share with those of other models. */
  readonly room: Room;
  readonly saes: ReadonlyMap<string, AttachedSae>;
  release(): Promise<void>;
}

/** A model, and the folders of its SAEs once they are settled; until then `saes` names them, or none: the model's own. */
export interface OpenRef extends ModelRef {
  readonly folders?: readonly string[];
}

export interface OpenOptions {
  /** Default: what is free on this machine. */
  readonly room?: Room;
  readonly prepack?: PrepackChoice;
}

/** A model without SAEs: with whatever SAEs it is opened, its weights are packed once. */
export interface OpenWeights {
  readonly card: Awaited<ReturnType<typeof readModelCard>>;
  readonly checkpoint: Checkpoint;
  readonly warnings: readonly string[];
  readonly tokenizer: Tokenizer;
  readonly plan: WeightPlan;
  readonly graphs: Graphs;
  readonly runner: Runner;
  readonly reads: NodeReads;
}

/** Opens a model folder with its SAEs. @throws model/*, weights/*, tokenizer/*, sae/*, file/* */
export async function openModel(
  directory: string,
  ref: OpenRef,
  sessions: SessionFactory,
  options: OpenOptions = {},
): Promise<OpenModel> {
  return openWithSaes(await openWeights(directory, sessions, options), directory, {
    ref,
    sessions,
    ...options,
  });
}

/** @throws model/*, weights/*, tokenizer/*, file/* */
export async function openWeights(
  directory: string,
  sessions: SessionFactory,
  { room = MACHINE, prepack = 'auto' }: OpenOptions = {},
): Promise<OpenWeights> {
  const { checkpoint, warnings } = await openCheckpoint(directory);
  const card = await readModelCard(directory);
  const tokenizer = createTokenizer(await readTokenizerFiles(directory));
  checkVocabularySize(tokenizer, checkpoint.config.d_vocab);
  const plan = planWeights(checkpoint, { free: room.free(), prepack });
  await makeFit(checkpoint.config, plan, { pos: 1, what: `Opening ${card.name}`, loaded: false }, room);
  const graphs = createGraphs(checkpoint, sessions, plan.policy);
  const runner = new Runner(checkpoint.config, graphs);
  if (plan.policy === 'cast') await loadTogether(graphs, checkpoint.config.n_layers);
  const reads = new NodeReads(checkpoint, sessions, plan.policy);
  return { card, checkpoint, warnings, tokenizer, plan, graphs, runner, reads };
}

/** @throws sae/*, file/* */
export async function openWithSaes(
  weights: OpenWeights,
  directory: string,
  {
    ref,
    sessions,
    room = MACHINE,
  }: OpenOptions & { readonly ref: OpenRef; readonly sessions: SessionFactory },
): Promise<OpenModel> {
  const { card, checkpoint, warnings, tokenizer, plan, graphs, runner, reads } = weights;
  const isNamed = ref.saes.length > 0;
  const folders = ref.folders ?? (isNamed ? ref.saes : await ownSaeFolders(directory));
  const { opened, leftOut } = await (isNamed ? openNamed : openOwn)(folders, checkpoint.config);
  const saes = new Map<string, AttachedSae>();
  for (const sae of opened) {
    // A SAE's matrices are read once per prompt: prepacking would only double them (measured).
    const runner = new SaeRunner(sae, sessions, plan.policy === 'cast' ? 'cast' : 'mapped');
    saes.set(sae.id, { ...sae, ...(await readSaeNotes(sae)), runner });
  }
  const runners = new Map([...saes].map(([id, sae]) => [id, sae.runner]));
  const variants = new VariantModel({ checkpoint, sessions, policy: plan.policy, runner, saes: runners });
  const bos = card.bos && tokenizer.bosId !== null;
  const notes = [
    ...warnings,
    ...leftOut,
    ...[...saes.values()].flatMap((sae) => saeNotes(sae, bos)),
    ...contextNotes(saes, checkpoint.config.n_ctx),
  ];
  const info = describe(checkpoint, { name: card.name, bos, plan, saes, warnings: notes });
  return {
    info,
    checkpoint,
    tokenizer,
    runner,
    reads,
    variants,
    plan,
    room,
    saes,
    release: releaser([graphs, reads, variants, ...runners.values()]),
  };
}

/**
 * Sessions that cast in every run are loaded before the first run: their small parts would come to lie in the holes that
 * large cast matrices leave, which could then never be filled again.
 */
async function loadTogether(graphs: Graphs, n_layers: number): Promise<void> {
  await graphs.embed();
  for (let layer = 0; layer < n_layers; layer++) await graphs.block(layer);
  await graphs.surprise();
}

function saeNotes(sae: AttachedSae, bos: boolean): string[] {
  const disagreement =
    sae.config.prepend_bos === bos
      ? []
      : [
          bos
            ? `SAE ${sae.id} was trained without BOS, but prompts get one unless their front matter says \`bos: false\`.`
            : `SAE ${sae.id} was trained with BOS, but prompts get none unless their front matter says \`bos: true\`.`,
        ];
  return [...sae.warnings.map((warning) => `SAE ${sae.id}: ${warning}`), ...disagreement];
}

/** SAEs that were trained on texts shorter than the model's context, by that length. */
function contextNotes(saes: ReadonlyMap<string, AttachedSae>, n_ctx: number): string[] {
  const sizes = new Map<number, string[]>();
  for (const { id, config } of saes.values()) {
    const size = config.context_size ?? n_ctx;
    if (size < n_ctx) sizes.set(size, [...(sizes.get(size) ?? []), id]);
  }
  return [...sizes].map(([size, ids]) => {
    const who = ids.length === 1 ? `SAE ${ids[0]} was` : `SAEs ${ids.join(', ')} were`;
    return `${who} trained on texts of ${size} tokens: what they say of later tokens is less sure.`;
  });
}

function describe(
  checkpoint: Checkpoint,
  facts: {
    readonly name: string;
    readonly bos: boolean;
    readonly plan: WeightPlan;
    readonly saes: ReadonlyMap<string, AttachedSae>;
    readonly warnings: readonly string[];
  },
): ModelInfo {
  const { n_layers, d_model, n_heads, d_mlp, n_ctx, d_vocab } = checkpoint.config;
  const saes = [...facts.saes.values()].map(saeInfo);
  const identity = JSON.stringify([resolve(checkpoint.directory), saes.map(({ directory }) => directory)]);
  return {
    modelId: createHash('sha256').update(identity).digest('hex').slice(0, 16),
    name: facts.name,
    directory: checkpoint.directory,
    n_layers,
    d_model,
    n_heads,
    d_mlp,
    n_ctx,
    d_vocab,
    bos: facts.bos,
    parameters: countParameters(checkpoint),
    weightBytes: weightBytes(checkpoint),
    mode: facts.plan.mode,
    memory: memoryOf(checkpoint.config, facts.plan, [...facts.saes.values()]),
    saes,
    warnings: facts.warnings,
  };
}

function releaser(held: readonly { release(): Promise<void> }[]): () => Promise<void> {
  return async () => {
    for (const each of held) await each.release();
  };
}
