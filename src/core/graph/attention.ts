import type { BlockContext } from './block.ts';
import type { Ref } from './graphBuilder.ts';

/**
 * Causal multi-head attention. From [N, d_model] (after ln1) to z flattened to [N, d_model].
 * With a shared past the scores against it are one real matrix product for the whole batch.
 */
export function attention(k: BlockContext, normalized: Ref): Ref {
  const { g } = k;
  const [q, key, v] = splitHeads(k, normalized);
  const causal = causalMask(k);
  const own = g.op('Add', [scaledScores(k, q, key), causal]);
  const scores = k.hook(
    'scores',
    k.past === 'none' ? own : g.op('Concat', [pastScores(k, q), own], { axis: -1 }),
  );
  const pattern = k.hook('pattern', g.op('Softmax', [scores], { axis: -1 }));
  const z = k.hook('z', k.past === 'none' ? weighted(k, pattern, v) : weightedWithPast(k, pattern, v));
  return g.op('Reshape', [z, g.ints([-1, k.config.d_model])]);
}

/** q, k, v, each [B, head, T, d_head]. */
function splitHeads(k: BlockContext, normalized: Ref): [Ref, Ref, Ref] {
  const { g, config } = k;
  const qkv = k.linear(normalized, 'attn.c_attn');
  const shape = g.op('Concat', [k.batch, g.ints([3, config.n_heads, config.d_head])], { axis: 0 });
  const heads = g.op('Transpose', [g.op('Reshape', [qkv, shape])], { perm: [2, 0, 3, 1, 4] });
  const parts = g.ops('Split', [heads], { axis: 0, num_outputs: 3 }, 3);
  const [q = '', key = '', v = ''] = parts.map((part) => g.op('Squeeze', [part, g.ints([0])]));
  return [k.hook('q', q), k.hook('k', key), k.hook('v', v)];
}

/** 0 where a query may look, -Infinity at later keys. [T, T]; -Infinity is what TransformerLens shows too. */
function causalMask(k: BlockContext): Ref {
  const { g } = k;
  const size = g.op('Gather', [k.batch, g.int(1)]);
  const range = g.op('Range', [g.int(0), size, g.int(1)]);
  const later = g.op('Greater', [
    g.op('Unsqueeze', [range, g.ints([0])]),
    g.op('Unsqueeze', [range, g.ints([1])]),
  ]);
  return g.op('Where', [later, g.float(-Infinity), g.float(0)]);
}

function scaledScores(k: BlockContext, q: Ref, key: Ref): Ref {
  return k.g.fused('FusedMatMul', [q, key], { transB: 1, alpha: { float: scoreScale(k) } });
}

/** What q.k is multiplied by. */
export function scoreScale({ config, layer }: Pick<BlockContext, 'config' | 'layer'>): number {
  const byHead = config.scale_attn ? 1 / Math.sqrt(config.d_head) : 1;
  return config.scale_attn_by_layer ? byHead / (layer + 1) : byHead;
}

/** pattern @ v -> [B, T, head, d_head]. */
function weighted(k: BlockContext, pattern: Ref, v: Ref): Ref {
  return k.g.op('Transpose', [k.g.op('MatMul', [pattern, v])], { perm: [0, 2, 1, 3] });
}

/** Scores of every query of the batch against the shared past: [B, head, T, P]. */
function pastScores(k: BlockContext, q: Ref): Ref {
  const { g, config } = k;
  const pastKeys = g.input('past_k', 'float', [1, config.n_heads, 'P', config.d_head]);
  const flat = g.op('Reshape', [
    g.op('Transpose', [q], { perm: [1, 0, 2, 3] }),
    g.ints([1, config.n_heads, -1, config.d_head]),
  ]);
  const scores = scaledScores(k, flat, pastKeys);
  const pastLength = g.op('Shape', [pastKeys], { start: 2, end: 3 });
  const shape = g.op('Concat', [g.ints([config.n_heads]), k.batch, pastLength], { axis: 0 });
  return g.op('Transpose', [g.op('Reshape', [scores, shape], { allowzero: 1 })], { perm: [1, 0, 2, 3] });
}

function weightedWithPast(k: BlockContext, pattern: Ref, v: Ref): Ref {
  const { g, config } = k;
  const pastValues = g.input('past_v', 'float', [1, config.n_heads, 'P', config.d_head]);
  const pastLength = g.op('Shape', [pastValues], { start: 2, end: 3 });
  const end = g.ints([Number.MAX_SAFE_INTEGER]);
  const toPast = g.op('Slice', [pattern, g.ints([0]), pastLength, g.ints([3])]);
  const toOwn = g.op('Slice', [pattern, pastLength, end, g.ints([3])]);
  const rows = g.op('ReduceProd', [k.batch, g.ints([0])], { keepdims: 1 });
  const flatShape = g.op('Concat', [g.ints([1, config.n_heads]), rows, pastLength], { axis: 0 });
  const flat = g.op('Reshape', [g.op('Transpose', [toPast], { perm: [1, 0, 2, 3] }), flatShape], {
    allowzero: 1,
  });
  const shape = g.op('Concat', [g.ints([config.n_heads]), k.batch, g.ints([config.d_head])], { axis: 0 });
  const fromPast = g.op('Reshape', [g.op('MatMul', [flat, pastValues]), shape]);
  return g.op('Add', [g.op('Transpose', [fromPast], { perm: [1, 2, 0, 3] }), weighted(k, toOwn, v)]);
}
