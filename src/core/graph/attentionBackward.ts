import { scoreScale } from './attention.ts';
import type { BackwardContext } from './backward.ts';
import type { Ref } from './graphBuilder.ts';

/** Gradient at attn_out [N or R, d_model] -> gradient at the joined q, k, v [N, 3 d_model]. */
export function attentionBackward(b: BackwardContext, attnOut: Ref): Ref {
  const { g } = b;
  const joined = b.spread(b.linear(attnOut, 'attn.c_proj'), b.checkpoint.config.d_model);
  const z = byHead(b, b.hook('z', splitRows(b, joined, 'q')));
  // z = pattern v
  const pattern = b.hook('pattern', g.fused('FusedMatMul', [z, 'v'], { transB: 1 }));
  const dV = b.hook('v', g.fused('FusedMatMul', ['pattern', z], { transA: 1 }));
  const scores = b.hook('scores', softmaxBackward(b, pattern));
  // scores = scale q k^T; masked scores have pattern 0, and so gradient 0
  const alpha = { float: scoreScale({ config: b.checkpoint.config, layer: b.layer }) };
  const dQ = b.hook('q', g.fused('FusedMatMul', [scores, 'k'], { alpha }));
  const dK = b.hook('k', g.fused('FusedMatMul', [scores, 'q'], { transA: 1, alpha }));
  return g.op(
    'Concat',
    [dQ, dK, dV].map((gradient) => joinHeads(b, gradient)),
    { axis: 1 },
  );
}

/** p (g - sum(g p)) with the softmax's own p: an edited pattern is another one, so p is taken from the scores. */
function softmaxBackward(b: BackwardContext, gradient: Ref): Ref {
  const { g } = b;
  const p = b.edits.has('pattern') ? g.op('Softmax', ['scores'], { axis: -1 }) : 'pattern';
  const expected = g.op('ReduceSum', [g.op('Mul', [gradient, p]), g.ints([-1])], { keepdims: 1 });
  return g.op('Mul', [p, g.op('Sub', [gradient, expected])]);
}

/** [N, d_model] -> [B, T, head, d_head], sizes as in `like` [B, head, T, d_head]. */
function splitRows({ g }: BackwardContext, rows: Ref, like: Ref): Ref {
  const shape = g.op('Gather', [g.op('Shape', [like]), g.ints([0, 2, 1, 3])]);
  return g.op('Reshape', [rows, shape]);
}

/** [B, T, head, d_head] -> [B, head, T, d_head], and back. */
function byHead({ g }: BackwardContext, rows: Ref): Ref {
  return g.op('Transpose', [rows], { perm: [0, 2, 1, 3] });
}

/** [B, head, T, d_head] -> [N, d_model]. */
function joinHeads(b: BackwardContext, heads: Ref): Ref {
  return b.g.op('Reshape', [byHead(b, heads), b.g.ints([-1, b.checkpoint.config.d_model])]);
}
