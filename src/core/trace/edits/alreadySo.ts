import type { Tensor } from '../../tensor/tensor.ts';
import type { BlockOutput } from '../../graph/block.ts';
import { editedBlock, editedResidual, placeOfEdit, type EditPlan } from './editedBlock.ts';
import type { RunEdit } from './runEdit.ts';
import type { Runner } from '../runner.ts';
import type { Trace } from '../trace.ts';

/**
 * Whether some of an edited trace's edits change nothing there: without them the values at their places are the same,
 * bit for bit. Cost: at most a block run per edit.
 */
export async function isAlreadySo(runner: Runner, trace: Trace, edits: readonly RunEdit[]): Promise<boolean> {
  const own = new Set(edits);
  const rest = trace.edits.filter((edit) => !own.has(edit));
  for (const edit of edits) if (!(await sameWithout(runner, trace, edit, rest))) return false;
  return true;
}

async function sameWithout(
  runner: Runner,
  trace: Trace,
  edit: RunEdit,
  rest: readonly RunEdit[],
): Promise<boolean> {
  const plan = (edits: readonly RunEdit[]): EditPlan => ({
    lists: [edits],
    rows: { first: 0, count: trace.ids.length },
    saes: trace.saes,
  });
  const place = placeOfEdit(edit, trace.saes);
  if (place.kind === 'final') {
    const live = await runner.finalNorm(trace.residPre(runner.config.n_layers));
    return equal(live.invStd, await trace.finalInvStd());
  }
  if (place.kind === 'block') {
    const { layer } = place;
    const hook = place.hook ?? hookOf(edit);
    const without = await editedBlock(runner, { layer, x: trace.residPre(layer), want: [hook] }, plan(rest));
    return equal(without.get(hook), (await trace.layer(layer)).get(hook));
  }
  const { boundary } = place;
  const before = await beforeBoundary(runner, trace, boundary, plan(trace.edits));
  return equal(await editedResidual(before, boundary, plan(rest)), trace.residPre(boundary));
}

async function beforeBoundary(
  runner: Runner,
  trace: Trace,
  boundary: number,
  plan: EditPlan,
): Promise<Tensor> {
  if (boundary === 0) return (await runner.embed(trace.ids)).residPre;
  const layer = boundary - 1;
  const x = trace.residPre(layer);
  return (await editedBlock(runner, { layer, x, want: ['resid_post'] }, plan)).get('resid_post') ?? x;
}

function hookOf(edit: RunEdit): BlockOutput {
  if (edit.kind === 'scale') return edit.norm === 'ln2' ? 'ln2.inv_std' : 'ln1.inv_std';
  return edit.kind === 'hook' ? edit.hook : 'resid_mid';
}

function equal(a: Tensor | undefined, b: Tensor | undefined): boolean {
  if (!a || !b || a.data.length !== b.data.length) return false;
  return a.data.every((value, index) => value === b.data[index] || Object.is(value, b.data[index]));
}
