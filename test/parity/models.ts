import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGraphs } from '../../src/core/graph/graphs.ts';
import { gradients, type GradientSource } from '../../src/core/trace/gradients/gradients.ts';
import { Runner } from '../../src/core/trace/runner.ts';
import { Trace } from '../../src/core/trace/trace.ts';
import { automaticThreads } from '../../src/runtime/cores.ts';
import { planWeights } from '../../src/engine/memory.ts';
import { openCheckpoint } from '../../src/runtime/files/openCheckpoint.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { SHAPES, type Shape } from '../bench/randomShape.ts';
import { relativeError } from '../support/closeness.ts';
import { everyGradient, everyHook, lensNames, type NamedValues } from '../support/lensFile.ts';
import { runPython } from '../support/python.ts';
import { seededRandom } from '../support/random.ts';
import { writeRandomModel } from '../support/randomModel.ts';
import { openSafetensors, type SafetensorsFile } from '../support/safetensorsFile.ts';
import { logitErrors, type LogitErrors } from './errors.ts';
import type { Comparison } from './table.ts';

const RECIPE = join(import.meta.dirname, '..', 'golden', 'recipes', 'lens_gpt2.py');
const CONTEXT = 1024;
const D_VOCAB = 50_257;
const ACTIVATIONS = ['gelu_new', 'gelu', 'relu', 'silu'] as const;
/** Rows of logits that are compared at a time. */
const ROWS = 64;
/** Source of those of logits: the tolerances of the Transformer Debugger's tests. Of hooks and gradients: relative to the largest value of each. */
const TARGETS = { max: 1e-3, mean: 5e-5, kl: 1e-8, hook: 1e-4, gradient: 1e-4 };

/** What was compared, of one random model. */
export interface ModelParity {
  readonly title: string;
  readonly comparisons: readonly Comparison[];
}

/** What TransformerLens and transformers computed. */
interface Peer {
  readonly float32: SafetensorsFile;
  readonly float64: SafetensorsFile;
}

/** A random model of the shape, with fewer layers, at its full context. */
export async function modelParity(
  python: string,
  folder: string,
  { shape, seed }: { readonly shape: Shape; readonly seed: number },
): Promise<ModelParity> {
  const random = seededRandom(seed);
  const { n_embd, n_head } = SHAPES[shape];
  const config = {
    n_embd,
    n_head,
    n_layer: 2 + random.below(2),
    n_inner: random.below(2) === 0 ? null : 4 * n_embd - 8 * random.below(100),
    vocab_size: D_VOCAB,
    n_positions: CONTEXT,
    activation_function: seed % 2 === 1 ? ACTIVATIONS[0] : ACTIVATIONS[random.below(ACTIVATIONS.length)],
    scale_attn_by_inverse_layer_idx: random.below(2) === 1,
    tie_word_embeddings: random.below(3) > 0,
  };
  const model = join(folder, 'model');
  await writeRandomModel(model, { seed, config });
  const ids = Array.from({ length: CONTEXT }, () => random.below(D_VOCAB));
  const [target, distractor] = [random.below(D_VOCAB), random.below(D_VOCAB)];
  const peer = await runPeer(python, { model, out: folder, ids, target, distractor });

  const { checkpoint } = await openCheckpoint(model);
  const graphs = createGraphs(
    checkpoint,
    ortSessions({ threads: automaticThreads() }),
    planWeights(checkpoint).policy,
  );
  const runner = new Runner(checkpoint.config, graphs);
  const trace = await Trace.run(runner, ids);
  const source: GradientSource = {
    runner,
    trace,
    sae: () => {
      throw new Error('no SAE');
    },
  };
  const scalar = {
    kind: 'logits',
    reading: 'logit_diff',
    targets: [target],
    distractors: [distractor],
    position: CONTEXT - 1,
  } as const;
  const found = await gradients(source, scalar, { frozenScale: false });
  const comparisons = [
    ...(await logitComparisons(trace, peer)),
    await worst('every hook', TARGETS.hook, everyHook(source), peer, (name) => name),
    await worst(
      'hidden states and attention of transformers',
      TARGETS.hook,
      hiddenStates(trace),
      peer,
      (name) => `hf/${name}`,
    ),
    await worst(
      'gradient at every hook',
      TARGETS.gradient,
      everyGradient(source, found),
      peer,
      (name) => `grad/${name}`,
    ),
  ];
  assertAllHooks(checkpoint.config, peer.float32);
  await graphs.release();
  const {
    n_layer,
    n_inner,
    activation_function: act,
    scale_attn_by_inverse_layer_idx: scaled,
    tie_word_embeddings: tied,
  } = config;
  const about = [
    `${n_layer} layers`,
    act,
    ...(n_inner ? [`n_inner ${n_inner}`] : []),
    ...(scaled ? ['scores by layer'] : []),
    ...(tied ? [] : ['untied']),
  ];
  return { title: `GPT-2 ${shape} shape, ${CONTEXT} tokens, seed ${seed}: ${about.join(', ')}`, comparisons };
}

async function runPeer(
  python: string,
  asked: {
    readonly out: string;
    readonly model: string;
    readonly ids: readonly number[];
    readonly target: number;
    readonly distractor: number;
  },
): Promise<Peer> {
  const request = join(asked.out, 'asked.json');
  await writeFile(request, JSON.stringify({ ...asked, dtypes: ['float32', 'float64'] }));
  runPython(python, [RECIPE, request]);
  const open = (dtype: string): Promise<SafetensorsFile> =>
    openSafetensors(join(asked.out, `${dtype}.safetensors`));
  return { float32: await open('float32'), float64: await open('float64') };
}

function assertAllHooks(config: Parameters<typeof lensNames>[0], file: SafetensorsFile): void {
  const expected = new Set(lensNames(config).hooks);
  const more = [...file.names].filter((name) => !/^(grad|hf)\//.test(name) && !expected.has(name));
  if (more.length > 0)
    throw new Error(`TransformerLens has hooks that Underglass has not: ${more.join(', ')}`);
}

/** Logits against both peers; whose rounding it is, by transformers in float64. */
async function logitComparisons(trace: Trace, { float32, float64 }: Peer): Promise<Comparison[]> {
  const own = await allLogits(trace);
  const exact = (await float64.read('hf/logits')).data;
  const ours = logitErrors(own, exact, D_VOCAB);
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const rows: Comparison[] = [];
  for (const [name, peer] of [
    ['transformers', 'hf/logits'],
    ['TransformerLens', 'unembed.hook_out'],
  ] as const) {
    const values = (await float32.read(peer)).data;
    const [between, theirs] = [logitErrors(own, values, D_VOCAB), logitErrors(values, exact, D_VOCAB)];
    const row = (what: string, key: keyof LogitErrors): Comparison => ({
      what: `${what}, ${name}`,
      error: between[key],
      target: TARGETS[key],
      own: ours[key],
      peer: theirs[key],
      note: `|logit| up to ${largest.toFixed(0)}`,
    });
    rows.push(row('logits, largest', 'max'), row('logits, mean', 'mean'), row('KL, largest', 'kl'));
  }
  if (!(largest > 10)) throw new Error(`the largest logit is ${largest}: the model is no test`);
  return rows;
}

async function allLogits(trace: Trace): Promise<Float32Array> {
  const all = new Float32Array(CONTEXT * D_VOCAB);
  for (let first = 0; first < CONTEXT; first += ROWS) {
    const { data } = await trace.logits(Array.from({ length: ROWS }, (_, row) => first + row));
    all.set(data, first * D_VOCAB);
  }
  return all;
}

async function* hiddenStates(trace: Trace): AsyncGenerator<NamedValues> {
  const { n_layers } = trace.config;
  for (let layer = 0; layer < n_layers; layer++) {
    yield { name: `hidden_states.${layer}`, values: trace.residPre(layer).data };
    yield {
      name: `attentions.${layer}`,
      values: (await trace.hook(`blocks.${layer}.attn.hook_pattern`)).data,
    };
  }
}

/** The largest error of any of the tensors, relative to the tensor's largest value. */
async function worst(
  what: string,
  target: number,
  own: AsyncIterable<NamedValues> | Iterable<NamedValues>,
  { float32, float64 }: Peer,
  nameOf: (name: string) => string,
): Promise<Comparison> {
  let found = { error: -1, own: 0, peer: 0, at: '' };
  let count = 0;
  for await (const { name, values } of own) {
    const [peer, exact] = [(await float32.read(nameOf(name))).data, (await float64.read(nameOf(name))).data];
    const error = relativeError(values, peer);
    count++;
    if (error > found.error)
      found = { error, own: relativeError(values, exact), peer: relativeError(peer, exact), at: name };
  }
  return {
    what: `${what} (${count})`,
    error: found.error,
    target,
    own: found.own,
    peer: found.peer,
    note: found.at,
  };
}
