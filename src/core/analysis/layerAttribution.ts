import { bug, throwIfCancelled } from '../errors.ts';
import { tensor } from '../tensor/tensor.ts';
import type { LogitScalar } from '../trace/gradients/scalar.ts';
import { logSumExp } from './candidates.ts';
import { headSums } from './nodes/nodeSums.ts';
import { attentionStage, EMBEDDING_STAGE, mlpStage, type NodeSide, type Stage } from './nodes/nodeSide.ts';
import { readPlan } from './nodes/readPlan.ts';
import { sideNodes } from './nodes/sideNodes.ts';
import { throughResidualEdits } from './nodes/editedWrites.ts';

/** Logit lens and direct attribution of the experiment's scalar, by place in the model. */
export interface LayerAttribution {
  /**
   * `embed`, `0_attn_out`, `0_mlp_out`, ..., `ln_f`: direct effect of each component at the scalar's position,
   * biases included, so that they add up to an additive scalar.
   */
  readonly components: readonly LayerValue[];
  /**
   * The scalar read from the residual stream after each component (logit lens), the final scale live unless the run
   * itself holds it.
   */
  readonly accumulated: readonly LayerValue[];
  /** Direct effect per head, [layers][heads]. */
  readonly heads: readonly (readonly number[])[];
}

/** One component of the layer view, for both prompts; `right` is null without a second one. In the scalar's unit. */
export interface LayerValue {
  readonly name: string;
  readonly left: number;
  readonly right: number | null;
}

/** A side whose scalar is read from the logits. */
export interface AttributedSide {
  readonly side: NodeSide;
  readonly scalar: LogitScalar;
}

/** What the layer view is made of: one or two sides. `foldValueBiases` as in the node table. */
export interface LayerAttributionRequest {
  readonly left: AttributedSide;
  readonly right: AttributedSide | null;
  readonly foldValueBiases: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Where the scalar comes from, layer by layer. SAEs do not enter: components are the model's own. */
export async function layerAttribution(request: LayerAttributionRequest): Promise<LayerAttribution> {
  const { left, right, signal } = request;
  const ofLeft = await attribute(left, request);
  throwIfCancelled(signal);
  const ofRight = right && (await attribute(right, request));
  return {
    components: beside(ofLeft.components, ofRight?.components ?? null),
    accumulated: beside(ofLeft.accumulated, ofRight?.accumulated ?? null),
    heads: ofLeft.heads,
  };
}

/** The scalar of one row of logits [d_vocab]. Logits; nats for `log_prob`. */
export function scalarOfLogits({ reading, targets, distractors }: LogitScalar, logits: Float32Array): number {
  const meanOf = (ids: readonly number[]): number =>
    ids.reduce((sum, id) => sum + (logits[id] ?? Number.NaN), 0) / ids.length;
  if (reading === 'log_prob') {
    return logSumExp(Float32Array.from(targets, (id) => logits[id] ?? Number.NaN)) - logSumExp(logits);
  }
  const target = meanOf(targets);
  return reading === 'logit_diff' && distractors.length > 0 ? target - meanOf(distractors) : target;
}

interface Attribution {
  readonly components: ReadonlyMap<string, number>;
  readonly accumulated: ReadonlyMap<string, number>;
  readonly heads: readonly (readonly number[])[];
}

interface Component {
  readonly name: string;
  readonly stage: Stage;
  /** What it wrote at the position, and the residual stream after it. [d_model]. */
  readonly write: Float32Array;
  readonly after: Float32Array;
}

async function attribute(
  { side, scalar }: AttributedSide,
  options: { readonly foldValueBiases: boolean },
): Promise<Attribution> {
  const { trace, gradients } = side;
  const { readout } = gradients;
  const plan = throughResidualEdits(readPlan(gradients, trace.ids.length), side.edits, readout.site);
  const components = await componentsAt(side, scalar.position);
  const direct = components.map(({ name, stage, write }) => {
    const rows = plan.at(stage);
    const row = rows?.rowOf[scalar.position] ?? -1;
    const width = write.length;
    let sum = 0;
    if (rows && row >= 0)
      write.forEach((value, i) => (sum += value * (rows.matrix.data[row * width + i] ?? 0)));
    return [name, sum] as const;
  });
  const constants = readout.constants.map(({ name, value }) => [name, value] as const);
  return {
    components: new Map<string, number>([...direct, ...constants]),
    accumulated: await lens(trace, components, scalar),
    heads: await headEffects({ ...side, saes: [] }, options),
  };
}

/** Everything that writes into the residual stream of one token, in order. */
async function componentsAt({ trace }: NodeSide, position: number): Promise<Component[]> {
  const { n_layers, d_model } = trace.config;
  const rowOf = (values: Float32Array | undefined): Float32Array => {
    if (!values) throw bug('a layer was traced without its outputs');
    return values.subarray(position * d_model, (position + 1) * d_model);
  };
  const embed = rowOf(trace.residPre(0).data);
  const components: Component[] = [{ name: 'embed', stage: EMBEDDING_STAGE, write: embed, after: embed }];
  for (let layer = 0; layer < n_layers; layer++) {
    const activations = await trace.layer(layer);
    components.push(
      {
        name: `${layer}_attn_out`,
        stage: attentionStage(layer),
        write: rowOf(activations.get('attn_out')?.data),
        after: rowOf(activations.get('resid_mid')?.data),
      },
      {
        name: `${layer}_mlp_out`,
        stage: mlpStage(layer),
        write: rowOf(activations.get('mlp_out')?.data),
        after: rowOf(trace.residPre(layer + 1).data),
      },
    );
  }
  return components;
}

/** Final LayerNorm and unembedding applied after each component. */
async function lens(
  trace: NodeSide['trace'],
  components: readonly Component[],
  scalar: LogitScalar,
): Promise<ReadonlyMap<string, number>> {
  const width = components[0]?.after.length ?? 0;
  const rows = new Float32Array(components.length * width);
  components.forEach(({ after }, index) => rows.set(after, index * width));
  const positions = components.map(() => scalar.position);
  const logits = await trace.unembed(tensor([components.length, width], rows), positions);
  const vocabulary = logits.dims[1] ?? 0;
  return new Map(
    components.map(({ name }, index) => [
      name,
      scalarOfLogits(scalar, logits.data.subarray(index * vocabulary, (index + 1) * vocabulary)),
    ]),
  );
}

async function headEffects(
  side: NodeSide,
  options: { readonly foldValueBiases: boolean },
): Promise<readonly (readonly number[])[]> {
  const nodes = sideNodes(side, options);
  const layers: number[][] = [];
  for (const place of nodes.places) {
    for (const group of await nodes.groups(place)) {
      if (group.kind === 'head') layers.push([...headSums(group)]);
    }
  }
  return layers;
}

function beside(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number> | null): LayerValue[] {
  return [...left].map(([name, value]) => ({ name, left: value, right: right?.get(name) ?? null }));
}
