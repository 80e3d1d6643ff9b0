import { bug, throwIfCancelled } from '../errors.ts';
import { row, type Tensor } from '../tensor/tensor.ts';
import { editedBlock, editedResidual, type EditPlan } from './edits/editedBlock.ts';
import { editedForward, NO_EDITS, type Edits } from './edits/editedForward.ts';
import { finalScale } from './edits/layerEdits.ts';
import { seededRandom } from '../random.ts';
import type { RunEdit } from './edits/runEdit.ts';
import type { Past, Runner } from './runner.ts';

/** How a prompt is continued. */
export interface GenerateOptions {
  /** Most tokens to add. */
  readonly max: number;
  /** 0 = the most likely token each time. */
  readonly temperature: number;
  readonly seed: number;
  /** Generation ends after this token, which is not returned. */
  readonly endId: number | null;
  readonly edits?: GenerationEdits;
  readonly signal?: AbortSignal | undefined;
  readonly onToken?: ((count: number) => void) | undefined;
}

/** Edits of a continuation: of the prompt, and of each token that is added (those written `@*`). */
export interface GenerationEdits extends Edits {
  /** Edits of an added token at its model position. */
  readonly ongoing: (position: number) => readonly RunEdit[];
}

const UNEDITED: GenerationEdits = { ...NO_EDITS, ongoing: () => [] };

/** A continuation, with the probability that each token had, and why it ended. */
export interface Generated {
  readonly tokens: readonly { readonly id: number; readonly probability: number }[];
  readonly stopped: 'max' | 'end-of-text' | 'context';
}

/** Continues a prompt token by token; keys and values of what came before are kept, edited ones as they were edited. */
export async function generate(
  runner: Runner,
  prompt: readonly number[],
  options: GenerateOptions,
): Promise<Generated> {
  const random = seededRandom(options.seed);
  const tokens: { id: number; probability: number }[] = [];
  const edits = options.edits ?? UNEDITED;
  let state = await readPrompt(runner, prompt, edits, options.signal);
  while (tokens.length < options.max) {
    throwIfCancelled(options.signal);
    const { data } = await runner.logits(state.last, state.scale);
    const chosen = choose(data, options.temperature, random);
    if (chosen.id === options.endId) return { tokens, stopped: 'end-of-text' };
    tokens.push(chosen);
    options.onToken?.(tokens.length);
    const position = prompt.length + tokens.length - 1;
    if (position >= runner.config.n_ctx) return { tokens, stopped: 'context' };
    if (tokens.length < options.max)
      state = await readToken(runner, { id: chosen.id, position, edits }, state.past);
  }
  return { tokens, stopped: 'max' };
}

interface State {
  /** Final residual stream of the last position, [1, d_model]. */
  readonly last: Tensor;
  readonly past: readonly Past[];
  /** Of the final LayerNorm at that position, where it is held. */
  readonly scale: ReturnType<typeof finalScale>;
}

async function readPrompt(
  runner: Runner,
  ids: readonly number[],
  edits: Edits,
  signal: AbortSignal | undefined,
): Promise<State> {
  const { resid, layers } = await editedForward(runner, ids, edits, { want: ['k', 'v'], signal });
  const final = resid.at(-1);
  if (!final) throw bug('a forward pass returned no residual stream');
  const last = row(final, ids.length - 1);
  const past = layers.map((activations): Past => {
    const k = activations.get('k');
    const v = activations.get('v');
    if (!k || !v) throw bug('a block lost its keys or values');
    return { k, v };
  });
  const scale = finalScale([edits.edits], [ids.length - 1]);
  return { last: { dims: [1, last.length], data: last }, past, scale };
}

interface NewToken {
  readonly id: number;
  readonly position: number;
  readonly edits: GenerationEdits;
}

async function readToken(runner: Runner, token: NewToken, past: readonly Past[]): Promise<State> {
  const { id, position, edits } = token;
  const own = edits.ongoing(position);
  const plan: EditPlan = { lists: [own], rows: { first: position, count: 1 }, saes: edits.saes };
  let x = await editedResidual((await runner.embed([id], position)).residPre, 0, plan);
  const extended: Past[] = [];
  for (const [layer, before] of past.entries()) {
    const run = { layer, x, want: ['k', 'v', 'resid_post'] as const, past: before };
    const activations = await editedBlock(runner, run, plan);
    const k = activations.get('k');
    const v = activations.get('v');
    if (!k || !v) throw bug('a block lost its keys or values');
    x = await editedResidual(activations.get('resid_post') ?? x, layer + 1, plan);
    extended.push({ k: appendPosition(before.k, k), v: appendPosition(before.v, v) });
  }
  return { last: x, past: extended, scale: finalScale([own], [position]) };
}

/** [1, head, P, d_head] and [1, head, 1, d_head] -> [1, head, P + 1, d_head]. */
function appendPosition(past: Tensor, added: Tensor): Tensor {
  const [, heads = 1, length = 0, width = 1] = past.dims;
  const data = new Float32Array(heads * (length + 1) * width);
  for (let head = 0; head < heads; head++) {
    const to = head * (length + 1) * width;
    data.set(past.data.subarray(head * length * width, (head + 1) * length * width), to);
    data.set(added.data.subarray(head * width, (head + 1) * width), to + length * width);
  }
  return { dims: [1, heads, length + 1, width], data };
}

/** One token from softmax(logits / temperature); its probability is the model's own, at temperature 1. */
function choose(
  logits: Float32Array,
  temperature: number,
  random: () => number,
): { id: number; probability: number } {
  const probabilities = softmax(logits, 1);
  const id = temperature === 0 ? largest(logits) : draw(softmax(logits, temperature), random());
  return { id, probability: probabilities[id] ?? 0 };
}

function softmax(logits: Float32Array, temperature: number): Float64Array {
  const max = logits[largest(logits)] ?? 0;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - max) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function largest(values: Float32Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++)
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index;
  return best;
}

function draw(probabilities: Float64Array, at: number): number {
  let sum = 0;
  for (const [index, probability] of probabilities.entries()) {
    sum += probability;
    if (at < sum) return index;
  }
  return probabilities.length - 1;
}
