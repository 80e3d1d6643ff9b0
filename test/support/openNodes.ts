import { join } from 'node:path';
import { NodeReads } from '../../src/core/analysis/nodes/nodeReads.ts';
import type { NodeSae, NodeSide } from '../../src/core/analysis/nodes/nodeSide.ts';
import type { WeightPolicy } from '../../src/core/graph/session.ts';
import { referenceForward, type ReferenceRun, type Weights } from '../../src/core/model/gpt2.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import { gradients, readout, type GradientSource } from '../../src/core/trace/gradients/gradients.ts';
import { SaeRunner } from '../../src/core/trace/saeRunner.ts';
import type { Scalar, TracedScalar } from '../../src/core/trace/gradients/scalar.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { openSaes, type SaeFolder } from '../../src/runtime/files/openSaes.ts';
import { openRunner, type OpenRunner } from './openRunner.ts';
import { writeRandomModel, type RandomModelOptions } from './randomModel.ts';
import { writeRandomSae, type RandomSaeOptions, widthAt } from './randomSae.ts';
import { readAllWeights } from './referenceWeights.ts';

/** A model, a prompt and its SAEs, ready to be asked for nodes, with the float64 reference beside it. */
export interface OpenNodes {
  readonly open: OpenRunner;
  readonly config: ModelConfig;
  readonly ids: readonly number[];
  readonly trace: Trace;
  readonly weights: Weights;
  readonly reference: ReferenceRun;
  readonly reads: NodeReads;
  readonly saes: readonly NodeSae[];
  readonly source: GradientSource;
  /** `saes`: ids that are switched on. */
  side(
    scalar: Scalar,
    options?: { readonly saes?: readonly string[]; readonly frozenScale?: boolean },
  ): Promise<NodeSide>;
  /** The same model on another prompt, without its reference. */
  other(ids: readonly number[]): Promise<OpenNodes>;
  release(): Promise<void>;
}

/** Opens a folder; `weights` and `reference` are computed when `ids` are short, as they are in tests. */
export async function openNodes(
  directory: string,
  saeFolders: readonly string[],
  ids: readonly number[],
  policy: WeightPolicy = 'prepack',
): Promise<OpenNodes> {
  const open = await openRunner(directory, policy);
  const folders = saeFolders.length === 0 ? [] : await openSaes(saeFolders);
  const reads = new NodeReads(open.checkpoint, open.sessions, policy);
  const runners = new Map(folders.map((sae) => [sae.id, new SaeRunner(sae, open.sessions, 'mapped')]));
  const weights = await readAllWeights(open.checkpoint);
  return openPrompt({ open, folders, runners, reads, weights }, ids);
}

interface Shared {
  readonly open: OpenRunner;
  readonly folders: readonly SaeFolder[];
  readonly runners: ReadonlyMap<string, SaeRunner>;
  readonly reads: NodeReads;
  readonly weights: Weights;
}

async function openPrompt(shared: Shared, ids: readonly number[]): Promise<OpenNodes> {
  const { open, reads, weights } = shared;
  const trace = await Trace.run(open.runner, ids);
  const sae = (id: string): SaeRunner => {
    const found = shared.runners.get(id);
    if (!found) throw new Error(`no SAE ${id}`);
    return found;
  };
  const source: GradientSource = { runner: open.runner, trace, sae };
  const saes = shared.folders.map((folder) => nodeSae(folder, source));
  return {
    open,
    config: open.checkpoint.config,
    ids,
    trace,
    weights,
    reference: referenceForward(open.checkpoint.config, weights, ids),
    reads,
    saes,
    source,
    side: async (scalar, { saes: on = [], frozenScale = true } = {}) => ({
      reads,
      trace,
      scalar,
      gradients: await gradients(source, scalar, { frozenScale }),
      saes: saes.filter(({ id }) => on.includes(id)),
      edits: [],
    }),
    other: (otherIds) => openPrompt(shared, otherIds),
    release: async () => {
      await reads.release();
      await open.graphs.release();
      for (const runner of shared.runners.values()) await runner.release();
    },
  };
}

function nodeSae(folder: SaeFolder, source: GradientSource): NodeSae {
  const runner = source.sae(folder.id);
  const acts = (async () => {
    const hook = await source.trace.hook(folder.config.hook_name);
    return runner.encode({ dims: [source.trace.ids.length, folder.config.d_in], data: hook.data });
  })();
  return {
    id: folder.id,
    config: folder.config,
    tensors: folder.tensors,
    transposed: folder.transposed,
    runner,
    acts: () => acts,
    read: async (index, position) => {
      const scalar: TracedScalar = { kind: 'latent', sae: folder.id, index, position };
      const { vectors } = await readout(source, scalar, { frozenScale: true });
      return vectors[0]?.vector ?? new Float32Array(folder.config.d_in);
    },
  };
}

/** Writes a random model with SAEs into a folder and opens it on a prompt. */
export async function openRandomNodes(
  folder: string,
  model: RandomModelOptions,
  options: {
    readonly saes?: readonly Omit<RandomSaeOptions, 'd_in'>[];
    readonly ids: (config: ModelConfig) => readonly number[];
  },
): Promise<OpenNodes> {
  const directory = join(folder, 'model');
  const config = await writeRandomModel(directory, model);
  const saes: string[] = [];
  for (const sae of options.saes ?? []) {
    const place = join(folder, 'saes', sae.hook_name);
    await writeRandomSae(place, { ...sae, d_in: widthAt(sae.hook_name, config) });
    saes.push(place);
  }
  return openNodes(directory, saes, options.ids(config));
}
