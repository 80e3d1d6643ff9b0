import { InterpError } from '../../errors.ts';
import type { ModelConfig } from '../../model/config.ts';
import type { EditUnit } from '../../prompt/editUnit.ts';
import { formatEdit, type WrittenEdit } from '../../prompt/edits.ts';
import { formatPosition } from '../../prompt/position.ts';
import type { Alignment } from '../../tokens/align.ts';
import type { RunEdit } from './runEdit.ts';
import type { SaeRunner } from '../saeRunner.ts';
import type { Trace } from '../trace.ts';

/** Numbers of one tensor of a file, row-major. Decides which files may be read. @throws file/*, weights/*, request/untrusted */
export type VectorSource = (file: string, tensor: string) => Promise<Float32Array>;

/** One prompt of the reference; positions from `from` on count (1 where token 0 is BOS). */
export interface ReferenceRun {
  readonly trace: Trace;
  readonly from: number;
}

/** What edits take their values from. */
export interface EditContext {
  readonly config: ModelConfig;
  /** Of the edited prompt, BOS included. */
  readonly tokens: readonly { readonly text: string }[];
  readonly saes: ReadonlyMap<string, SaeRunner>;
  /** The prompt without edits. */
  readonly clean: Trace;
  /** Alignment: position of the prompt -> position of the corrupted one. */
  readonly corrupted: { readonly trace: Trace; readonly alignment: Alignment } | null;
  /** Runs the prompts of the reference one by one; called once, and only when a mean is wanted. */
  readonly reference: (() => AsyncIterable<ReferenceRun>) | null;
  /** Reads vectors from files; null where files may not be read. */
  readonly vectors: VectorSource | null;
}

/** A written edit as the engine runs it. */
export interface ResolvedEdit {
  readonly written: WrittenEdit;
  /** Empty for an edit that is switched off. */
  readonly edits: readonly RunEdit[];
  /** The edit of a token that is generated after the prompt; null unless the positions are `@*`. */
  readonly ongoing: ((position: number) => readonly RunEdit[]) | null;
}

/** @throws edit/incomplete */
export function corruptedOf(
  written: WrittenEdit,
  { corrupted }: EditContext,
): NonNullable<EditContext['corrupted']> {
  if (corrupted) return corrupted;
  throw new InterpError(
    'edit/incomplete',
    `${formatEdit(written)}: the prompt file names no corrupted prompt to take values from.`,
    { data: { edit: formatEdit(written), missing: 'corrupted' } },
  );
}

/** Positions that have a counterpart, with it. @throws edit/no-match when none has */
export function alignedPositions(
  written: WrittenEdit,
  positions: readonly number[],
  alignment: Alignment,
): [number, number][] {
  const paired = positions.flatMap((position): [number, number][] => {
    const other = alignment[position];
    return other === null || other === undefined ? [] : [[position, other]];
  });
  if (paired.length > 0) return paired;
  throw noMatch(
    written,
    `none of its ${positions.length} position(s) has a counterpart in the corrupted prompt`,
  );
}

/** keep * h + value at a unit's own hook. Rows as `readUnit` gives them. */
export function editOf(
  unit: EditUnit,
  positions: readonly number[],
  keep: number,
  value: number | readonly Float32Array[],
): RunEdit {
  const change = { positions, keep, value };
  switch (unit.kind) {
    case 'head':
      return { kind: 'hook', hook: 'z', layer: unit.layer, head: unit.head, ...change };
    case 'head-hook':
      return { kind: 'hook', hook: unit.hook, layer: unit.layer, head: unit.head, ...change };
    case 'neuron':
      return { kind: 'hook', hook: 'post', layer: unit.layer, index: unit.neuron, ...change };
    case 'latent':
      return { kind: 'latent', sae: unit.sae, index: unit.index, positions, keep, value: numbers(value) };
    case 'embedding':
      return { kind: 'residual', hook: 'resid_pre', layer: 0, ...change };
    case 'site':
      return unit.site === 'attn_out' || unit.site === 'mlp_out'
        ? { kind: 'hook', hook: unit.site, layer: unit.layer, ...change }
        : { kind: 'residual', hook: unit.site, layer: unit.layer, ...change };
    case 'norm': {
      const held = numbers(value);
      const invStd = typeof held === 'number' ? Float32Array.from(positions, () => held) : held;
      return { kind: 'scale', norm: unit.norm, layer: unit.layer, positions, invStd };
    }
  }
}

function numbers(value: number | readonly Float32Array[]): number | Float32Array {
  return typeof value === 'number' ? value : Float32Array.from(value, (row) => row[0] ?? Number.NaN);
}

export function noMatch(written: WrittenEdit, why: string): InterpError {
  const edit = formatEdit(written);
  return new InterpError('edit/no-match', `${edit}: ${why}.`, {
    data: { edit, positions: formatPosition(written.positions) },
  });
}
