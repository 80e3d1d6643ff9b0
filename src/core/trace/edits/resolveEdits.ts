import { InterpError } from '../../errors.ts';
import { meansPattern } from '../../prompt/editRules.ts';
import { formatEditUnit } from '../../prompt/editUnit.ts';
import { formatEdit, type WrittenEdit } from '../../prompt/edits.ts';
import { resolvePosition } from '../../prompt/position.ts';
import { isEditableHook } from './editedBlock.ts';
import {
  alignedPositions,
  corruptedOf,
  editOf,
  noMatch,
  type EditContext,
  type ResolvedEdit,
} from './editContext.ts';
import { resolvePattern } from './resolvePattern.ts';
import { resolveVector } from './resolveVector.ts';
import type { RunEdit } from './runEdit.ts';
import { refuseSharedHooks } from './spliceConflicts.ts';
import { readUnit, type UnitRows } from '../unitRows.ts';

/**
 * Turns written edits into edits of a run. `freeze` takes values from the clean run, `from corrupted` from the
 * aligned tokens of the corrupted one (tokens without a counterpart are passed over), `mean` from the reference.
 * @throws edit/no-match, edit/incomplete, sae/conflict, position/out-of-range, and what the vectors' source throws
 */
export async function resolveEdits(
  written: readonly WrittenEdit[],
  context: EditContext,
): Promise<ResolvedEdit[]> {
  const enabled = written.filter((edit) => edit.enabled);
  for (const edit of enabled) assertExists(edit, context);
  refuseSharedHooks(enabled, context);
  const means = await referenceMeans(enabled, context);
  return Promise.all(written.map((edit) => resolveOne(edit, context, means)));
}

type Means = ReadonlyMap<string, Float32Array>;

async function resolveOne(written: WrittenEdit, context: EditContext, means: Means): Promise<ResolvedEdit> {
  if (!written.enabled) return { written, edits: [], ongoing: null };
  const positions = resolvePosition(written.positions, context.tokens);
  const same = (make: (at: readonly number[]) => readonly RunEdit[]): ResolvedEdit => ({
    written,
    edits: make(positions),
    ongoing: written.positions.kind === 'all' ? (position) => make([position]) : null,
  });
  if (meansPattern(written)) return resolvePattern(written, positions, context);
  const { unit, change } = written;
  const run = (keep: number, value: number | Float32Array): ResolvedEdit =>
    same((at) => [editOf(unit, at, keep, typeof value === 'number' ? value : at.map(() => value))]);
  switch (change.kind) {
    case 'zero':
      return run(0, 0);
    case 'set':
      return run(0, change.value);
    case 'scale':
      return run(change.factor, 0);
    case 'mean':
      return run(0, means.get(formatEditUnit(unit)) ?? Number.NaN);
    case 'freeze':
      return given(written, positions, await readUnit(context.clean, unit, context.saes));
    case 'corrupted':
      return fromCorrupted(written, positions, context);
    case 'add':
      if (change.vector === null) return run(1, change.factor);
      return same(await resolveVector(written, change.factor, change.vector, context));
  }
}

function given(written: WrittenEdit, positions: readonly number[], rows: UnitRows): ResolvedEdit {
  return { written, edits: [editOf(written.unit, positions, 0, positions.map(rows))], ongoing: null };
}

async function fromCorrupted(
  written: WrittenEdit,
  positions: readonly number[],
  context: EditContext,
): Promise<ResolvedEdit> {
  const { trace, alignment } = corruptedOf(written, context);
  const paired = alignedPositions(written, positions, alignment);
  const rows = await readUnit(trace, written.unit, context.saes);
  const places = paired.map(([position]) => position);
  const values = paired.map(([, other]) => rows(other));
  return { written, edits: [editOf(written.unit, places, 0, values)], ongoing: null };
}

/** @throws edit/no-match when the model has no such unit */
function assertExists(written: WrittenEdit, { config, saes }: EditContext): void {
  const { unit } = written;
  const below = (what: string, index: number, count: number): void => {
    if (index >= count)
      throw noMatch(written, `there is no ${what} ${index}; the model has ${count}, 0 to ${count - 1}`);
  };
  if (unit.kind === 'latent') {
    const sae = saes.get(unit.sae)?.sae.config;
    const known = [...saes.keys()].join(', ') || 'none';
    if (!sae) throw noMatch(written, `no SAE ${unit.sae} is attached; attached are: ${known}`);
    if (!isEditableHook(sae.hook_name))
      throw noMatch(written, `latents at ${sae.hook_name} cannot be edited`);
    if (unit.index !== 'error') below(`latent of ${unit.sae}`, unit.index, sae.d_sae);
    return;
  }
  if ('layer' in unit && unit.layer !== null) below('layer', unit.layer, config.n_layers);
  if (unit.kind === 'head' || unit.kind === 'head-hook') below('head', unit.head, config.n_heads);
  if (unit.kind === 'neuron') below('neuron', unit.neuron, config.d_mlp);
}

/** Mean of each wanted unit over the reference's tokens, summed in float64. @throws edit/incomplete */
async function referenceMeans(written: readonly WrittenEdit[], context: EditContext): Promise<Means> {
  const wanted = written.filter(({ change }) => change.kind === 'mean');
  const [first] = wanted;
  if (!first) return new Map();
  const incomplete = (why: string): InterpError =>
    new InterpError('edit/incomplete', `${formatEdit(first)}: ${why}.`, {
      data: { edit: formatEdit(first), missing: 'reference' },
    });
  if (!context.reference) throw incomplete('the prompt file names no reference to take means over');
  const units = new Map(wanted.map(({ unit }) => [formatEditUnit(unit), unit]));
  const sums = new Map<string, Float64Array>();
  let count = 0;
  for await (const { trace, from } of context.reference()) {
    count += Math.max(0, trace.ids.length - from);
    for (const [name, unit] of units) {
      const rows = await readUnit(trace, unit, context.saes);
      for (let position = from; position < trace.ids.length; position++) {
        const row = rows(position);
        const sum = sums.get(name) ?? new Float64Array(row.length);
        row.forEach((value, index) => (sum[index] = (sum[index] ?? 0) + value));
        sums.set(name, sum);
      }
    }
  }
  if (count === 0) throw incomplete('the reference has no tokens besides BOS');
  return new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum, (value) => value / count)]));
}
