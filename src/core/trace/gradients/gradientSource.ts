import { InterpError } from '../../errors.ts';
import type { HookEdit, RunEdit, ScaleFreeze } from '../edits/runEdit.ts';
import type { Runner } from '../runner.ts';
import type { SaeRunner } from '../saeRunner.ts';
import type { Trace } from '../trace.ts';

/** What gradients are taken of: one run of one model, and the SAEs that may be read from it. */
export interface GradientSource {
  readonly runner: Runner;
  readonly trace: Trace;
  /** @throws unit/unknown */
  sae(id: string): SaeRunner;
}

/** @throws position/out-of-range */
export function assertPosition({ trace }: GradientSource, position: number): void {
  const size = trace.ids.length;
  if (Number.isInteger(position) && position >= 0 && position < size) return;
  const message = `Position ${position} lies outside the prompt of ${size} tokens.`;
  throw new InterpError('position/out-of-range', message, { data: { position, size } });
}

/** @throws unit/unknown when `index` is not one of `count`. */
export function assertUnit(id: string, index: number, count: number, what: string): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new InterpError('unit/unknown', `${id} does not exist: there are ${count} ${what}.`, {
    data: { unit: id },
  });
}

/** 1/sigma that an edit holds at a row; null where the LayerNorm is live. */
export function heldScale(
  edits: readonly RunEdit[],
  norm: ScaleFreeze['norm'],
  layer: number | null,
  position: number,
): number | null {
  let held: number | null = null;
  for (const edit of edits) {
    if (edit.kind !== 'scale' || edit.norm !== norm || edit.layer !== layer) continue;
    const at = edit.positions.indexOf(position);
    if (at >= 0) held = edit.invStd[at] ?? held;
  }
  return held;
}

/** What edits leave of a head's q, k or v at a row: hook = keep * h + value; null where nothing edits it. */
export function keptPart(
  edits: readonly RunEdit[],
  at: Pick<HookEdit, 'hook' | 'layer'> & { readonly head: number; readonly position: number },
): number | null {
  let keep: number | null = null;
  for (const edit of edits) {
    if (edit.kind !== 'hook' || edit.hook !== at.hook || edit.layer !== at.layer) continue;
    if (edit.head !== undefined && edit.head !== at.head) continue;
    if (edit.positions.includes(at.position)) keep = (keep ?? 1) * edit.keep;
  }
  return keep;
}
