import type { Node } from '../../trace/node.ts';
import type { RunEdit } from '../../trace/edits/runEdit.ts';
import { saeSite } from '../../trace/variants/place.ts';
import type { VariantModel } from '../../trace/variants/variantModel.ts';
import { row, tensor, type Tensor } from '../../tensor/tensor.ts';
import type { Trace } from '../../trace/trace.ts';

/**
 * The edits that take a node's activation to 0: a head's pair loses its weight (the rest of the row is not made to
 * sum to 1), constants are subtracted where they are added. Null for `ln_f` and `read`, which belong to the scalar.
 */
export async function ablation(
  model: VariantModel,
  base: Trace,
  node: Node,
): Promise<readonly RunEdit[] | null> {
  const zero = { positions: [node.position], keep: 0, value: 0 } as const;
  switch (node.kind) {
    case 'embedding':
      return [{ kind: 'residual', hook: 'resid_pre', layer: 0, ...zero }];
    case 'neuron':
      return [{ kind: 'hook', hook: 'post', layer: node.layer, index: node.neuron, ...zero }];
    case 'head': {
      const { layer, head, source } = node;
      return [{ kind: 'hook', hook: 'pattern', layer, head, index: source, ...zero }];
    }
    case 'latent':
      return [{ kind: 'latent', sae: node.sae, index: node.index, ...zero }];
    case 'error':
      return [{ kind: 'latent', sae: node.sae, index: 'error', ...zero }];
    case 'bias':
      return biasAblation(model, base, node);
  }
}

async function biasAblation(
  model: VariantModel,
  base: Trace,
  node: Extract<Node, { readonly kind: 'bias' }>,
): Promise<readonly RunEdit[] | null> {
  const { name, layer, position } = node;
  if (name === 'b_dec') return node.sae === undefined ? null : decoderBias(model, base, node.sae, position);
  if (name === 'ln_f' || name === 'read' || layer === null) return null;
  const { b_O, b_out, b_V_write } = await model.biases(layer);
  const hook = name === 'b_out' ? 'mlp_out' : 'attn_out';
  const constant = { b_O: b_O.data, b_out: b_out.data, b_V: sumOfRows(b_V_write) }[name];
  const value = [constant.map((unit) => -unit)];
  return [{ kind: 'hook', hook, layer, positions: [position], keep: 1, value }];
}

/** What a SAE adds whatever its latents are: scale * b_dec + shift, as the hook has them at the position. */
async function decoderBias(
  model: VariantModel,
  base: Trace,
  id: string,
  position: number,
): Promise<RunEdit[]> {
  const runner = model.sae(id);
  const { hook_name, d_in } = runner.sae.config;
  const values = await base.hook(hook_name);
  const x = tensor([1, d_in], values.data.slice(position * d_in, (position + 1) * d_in));
  const acts = await runner.encode(x);
  const nothing = { ...acts, values: new Float32Array(acts.values.length) };
  const constant = await runner.decode(nothing);
  return additionAt(
    model,
    id,
    position,
    constant.data.map((unit) => -unit),
  );
}

/** Adds a vector at the hook that a SAE reads. */
function additionAt(model: VariantModel, id: string, position: number, vector: Float32Array): RunEdit[] {
  const { hook, layer } = saeSite(model, id);
  const added = { layer, positions: [position], keep: 1 };
  if (hook === 'resid_pre' || hook === 'resid_mid' || hook === 'resid_post') {
    return [{ kind: 'residual', hook, ...added, value: [vector] }];
  }
  if (hook !== 'z') return [{ kind: 'hook', hook, ...added, value: [vector] }];
  const { n_heads, d_head } = model.config;
  return Array.from({ length: n_heads }, (_, head) => {
    const value = [vector.subarray(head * d_head, (head + 1) * d_head)];
    return { kind: 'hook', hook, head, ...added, value };
  });
}

function sumOfRows(rows: Tensor): Float32Array {
  const sum = new Float32Array(rows.dims[1] ?? 0);
  for (let index = 0; index < (rows.dims[0] ?? 0); index++) {
    row(rows, index).forEach((value, unit) => (sum[unit] = (sum[unit] ?? 0) + value));
  }
  return sum;
}
