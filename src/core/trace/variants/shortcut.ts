import { row, tensor } from '../../tensor/tensor.ts';
import type { BlockOutput } from '../../graph/block.ts';
import type { HookEdit, ResidualEdit, RunEdit } from '../edits/runEdit.ts';
import { deltasOf } from '../edits/latentDeltas.ts';
import type { ReadSite } from '../gradients/readout.ts';
import type { Activations } from '../runner.ts';
import type { Trace } from '../trace.ts';
import { placeOf, saeSite, type Place } from './place.ts';
import type { VariantModel } from './variantModel.ts';

/** What an edit adds to the residual stream at one position. Vector [d_model]. */
export interface Write {
  readonly position: number;
  readonly vector: Float32Array;
}

/** Where writes are added: the input of block `boundary`, or hook_resid_mid of the block before it. */
export interface Landing {
  readonly boundary: number;
  readonly through: 'nothing' | 'mlp';
}

interface Context {
  readonly model: VariantModel;
  readonly base: Trace;
  readonly baseEdits: readonly RunEdit[];
}

/** Hooks whose change reaches the residual stream without a nonlinearity, and the side of the MLP that they are on. */
const LINEAR: Partial<Record<BlockOutput | 'resid_pre', Landing['through']>> = {
  pattern: 'mlp',
  z: 'mlp',
  attn_out: 'mlp',
  resid_mid: 'mlp',
  post: 'nothing',
  mlp_out: 'nothing',
};

/**
 * Where an edit's writes land if its block need not run: the hook adds to the residual stream linearly, and the base
 * run has no edit between the hook and there, which would have to see the change. Null otherwise.
 */
export function landingOf(context: Context, edit: RunEdit): Landing | null {
  const landing = ownLanding(context.model, edit);
  if (!landing) return null;
  const place = placeOf(context.model, edit);
  const between = (at: Place): boolean => at >= place && at <= landing.boundary;
  return context.baseEdits.some((other) => between(placeOf(context.model, other))) ? null : landing;
}

function ownLanding(model: VariantModel, edit: RunEdit): Landing | null {
  if (edit.kind === 'scale') return null;
  if (edit.kind === 'latent') {
    const { hook, layer } = saeSite(model, edit.sae);
    if (hook === 'resid_pre' || hook === 'resid_post')
      return { boundary: placeOf(model, edit), through: 'nothing' };
    return { boundary: layer + 1, through: LINEAR[hook] ?? 'nothing' };
  }
  const isNeuron = edit.hook === 'post';
  if (isNeuron && (edit.kind !== 'hook' || edit.index === undefined)) return null;
  if (edit.kind === 'residual' && edit.hook !== 'resid_mid') {
    return { boundary: placeOf(model, edit), through: 'nothing' };
  }
  const through = LINEAR[edit.hook];
  return through === undefined ? null : { boundary: edit.layer + 1, through };
}

/**
 * What each of the edits adds, positions after `last` left out: (edited - base activation) x write direction.
 * All must have a landing. An edit that changes nothing adds exactly 0.
 */
export async function writesOf(
  context: Context,
  edits: readonly RunEdit[],
  last: number,
): Promise<Write[][]> {
  const writes = edits.map((): Write[] => []);
  const heads: Change[] = [];
  const neurons: NeuronChange[] = [];
  for (const [owner, edit] of edits.entries()) {
    if (edit.kind === 'residual') {
      writes[owner] = await rowChanges(context, edit, last);
    } else if (edit.kind === 'hook') {
      const acts = await context.base.layer(edit.layer);
      if (edit.hook === 'post') neurons.push(...neuronChanges(context, edit, acts, owner, last));
      else if (edit.hook === 'z' || edit.hook === 'pattern')
        heads.push(...headChanges(context, edit, acts, owner, last));
      else writes[owner] = await rowChanges(context, edit, last);
    }
  }
  const posts: Change[] = [];
  for (const { hook, ...written } of await latentWrites(context, edits, last)) {
    if (hook === 'z') heads.push(written);
    else if (hook === 'post') posts.push(written);
    else writes[written.owner]?.push(written);
  }
  await addNeuronWrites(context, neurons, writes);
  await addThroughOutput(context, { hook: 'z', changes: heads }, writes);
  await addThroughOutput(context, { hook: 'post', changes: posts }, writes);
  return writes;
}

/** A change at hook_z, [head * d_head], or at mlp.hook_post, [d_mlp]. */
interface Change extends Write {
  readonly owner: number;
  readonly layer: number;
}

interface NeuronChange {
  readonly owner: number;
  readonly layer: number;
  readonly neuron: number;
  readonly position: number;
  readonly by: number;
}

/** All latent edits, SAE by SAE, each with the hook that it changes. */
async function latentWrites(
  { model, base }: Context,
  edits: readonly RunEdit[],
  last: number,
): Promise<(Change & { readonly hook: ReadSite['hook'] })[]> {
  const latents = edits.filter((edit) => edit.kind === 'latent');
  const written: (Change & { hook: ReadSite['hook'] })[] = [];
  for (const id of new Set(latents.map(({ sae }) => sae))) {
    const runner = model.sae(id);
    const { hook_name, d_in } = runner.sae.config;
    const { hook, layer } = saeSite(model, id);
    const rows = tensor([base.ids.length, d_in], (await base.hook(hook_name)).data);
    const cells = edits.flatMap((edit, item) =>
      edit.kind === 'latent' && edit.sae === id
        ? edit.positions
            .filter((position) => position <= last)
            .map((position) => ({ item, row: position, position, edits: [edit] }))
        : [],
    );
    for (const { item, delta } of await deltasOf(rows, cells, runner))
      written.push({ owner: item, ...delta, layer, hook });
  }
  return written;
}

/** Edits of whole rows [d_model]. */
async function rowChanges({ base }: Context, edit: HookEdit | ResidualEdit, last: number): Promise<Write[]> {
  const values = await baseRows(base, edit);
  return runPositions(edit, last).map(([position, order]) => {
    const own = values(position);
    const vector = own.map((value, unit) => change(value, edit.keep, valueAt(edit.value, order, unit)));
    return { position, vector };
  });
}

async function baseRows(
  base: Trace,
  edit: HookEdit | ResidualEdit,
): Promise<(position: number) => Float32Array> {
  if (edit.kind === 'residual' && edit.hook !== 'resid_mid') {
    const resid = base.residPre(edit.hook === 'resid_pre' ? edit.layer : edit.layer + 1);
    return (position) => row(resid, position);
  }
  const found = (await base.layer(edit.layer)).get(edit.hook as BlockOutput);
  return (position) => (found ? row(found, position) : new Float32Array());
}

function neuronChanges(
  { model }: Context,
  edit: HookEdit,
  acts: Activations,
  owner: number,
  last: number,
): NeuronChange[] {
  const { d_mlp } = model.config;
  const neuron = edit.index ?? 0;
  const post = acts.get('post')?.data;
  return runPositions(edit, last).map(([position, order]) => {
    const activation = post?.[position * d_mlp + neuron] ?? Number.NaN;
    const by = change(activation, edit.keep, valueAt(edit.value, order, 0));
    return { owner, layer: edit.layer, neuron, position, by };
  });
}

/** Edits of hook_z and of the pattern, both as changes of z. */
function headChanges(
  { model }: Context,
  edit: HookEdit,
  acts: Activations,
  owner: number,
  last: number,
): Change[] {
  const { n_heads, d_model } = model.config;
  const heads = edit.head === undefined ? Array.from({ length: n_heads }, (_, head) => head) : [edit.head];
  return runPositions(edit, last).map(([position, order]) => {
    const vector = new Float32Array(d_model);
    for (const head of heads) {
      if (edit.hook === 'z') changeZ(model, edit, acts, { vector, head, position, order });
      else changePattern(model, edit, acts, { vector, head, position, order });
    }
    return { owner, layer: edit.layer, position, vector };
  });
}

interface HeadPlace {
  /** Change of z that is written to, [head * d_head]. */
  readonly vector: Float32Array;
  readonly head: number;
  readonly position: number;
  readonly order: number;
}

function changeZ(
  { config }: VariantModel,
  edit: HookEdit,
  acts: Activations,
  { vector, head, position, order }: HeadPlace,
): void {
  const z = acts.get('z')?.data;
  const from = head * config.d_head;
  for (let unit = 0; unit < config.d_head; unit++) {
    const value = z?.[position * config.d_model + from + unit] ?? Number.NaN;
    vector[from + unit] = change(value, edit.keep, valueAt(edit.value, order, unit));
  }
}

/** A pattern is not edited after its query, where it is 0 by the mask. */
function changePattern(
  { config }: VariantModel,
  edit: HookEdit,
  acts: Activations,
  { vector, head, position, order }: HeadPlace,
): void {
  const [pattern, v] = [acts.get('pattern'), acts.get('v')];
  const length = pattern?.dims.at(-1) ?? 0;
  const keys =
    edit.index === undefined ? Array.from({ length: position + 1 }, (_, key) => key) : [edit.index];
  for (const key of keys.filter((index) => index <= position)) {
    const weight = pattern?.data[(head * length + position) * length + key] ?? Number.NaN;
    const added = valueAt(edit.value, order, edit.index === undefined ? key : 0);
    const by = change(weight, edit.keep, added);
    if (by === 0) continue;
    for (let unit = 0; unit < config.d_head; unit++) {
      const value = v?.data[(head * length + key) * config.d_head + unit] ?? Number.NaN;
      const to = head * config.d_head + unit;
      vector[to] = (vector[to] ?? 0) + by * value;
    }
  }
}

async function addNeuronWrites(
  { model }: Context,
  changes: readonly NeuronChange[],
  writes: Write[][],
): Promise<void> {
  for (const [layer, own] of byLayer(changes)) {
    const neurons = [...new Set(own.map(({ neuron }) => neuron))];
    const directions = await model.neuronRows(layer, neurons);
    const order = new Map(neurons.map((neuron, index) => [neuron, index]));
    for (const { owner, neuron, position, by } of own) {
      const vector = row(directions, order.get(neuron) ?? 0).map((value) => by * value);
      writes[owner]?.push({ position, vector });
    }
  }
}

/** Changes of hook_z pass W_O, those of mlp.hook_post W_out. */
async function addThroughOutput(
  { model }: Context,
  { hook, changes }: { readonly hook: 'z' | 'post'; readonly changes: readonly Change[] },
  writes: Write[][],
): Promise<void> {
  const width = hook === 'z' ? model.config.d_model : model.config.d_mlp;
  for (const [layer, own] of byLayer(changes)) {
    const rows = tensor([own.length, width], new Float32Array(own.length * width));
    own.forEach(({ vector }, index) => rows.data.set(vector, index * width));
    const written = await (hook === 'z' ? model.attentionWrite(layer, rows) : model.mlpWrite(layer, rows));
    own.forEach(({ owner, position }, index) =>
      writes[owner]?.push({ position, vector: row(written, index) }),
    );
  }
}

function byLayer<Item extends { readonly layer: number }>(items: readonly Item[]): Map<number, Item[]> {
  const layers = new Map<number, Item[]>();
  for (const item of items) {
    const known = layers.get(item.layer);
    if (known) known.push(item);
    else layers.set(item.layer, [item]);
  }
  return layers;
}

/** Positions of an edit up to `last`, with their order in the edit. */
function runPositions(edit: HookEdit | ResidualEdit, last: number): [number, number][] {
  return [...edit.positions.entries()]
    .filter(([, position]) => position <= last)
    .map(([order, position]) => [position, order]);
}

function valueAt(value: number | readonly Float32Array[], order: number, unit: number): number {
  return typeof value === 'number' ? value : (value[order]?.[unit] ?? Number.NaN);
}

/** By how much keep * h + value moves h. Exactly 0 when nothing changes. */
function change(h: number, keep: number, value: number): number {
  return Math.fround(keep * h + value) - h;
}
