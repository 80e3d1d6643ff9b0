import { formatEditUnit, layerOfUnit, type EditUnit } from './editUnit.ts';
import type { EditKind, WrittenEdit } from './edits.ts';

/** Why an edit makes no sense although it is well written, and which part of it to change. */
export interface Refusal {
  readonly part: 'positions' | 'kind';
  readonly why: string;
}

type Parts = Pick<WrittenEdit, 'unit' | 'sources' | 'change'>;

/** What the kinds of edits cannot do to some units; null when the edit has a meaning. */
export function refusedEdit({ unit, sources, change }: Parts): Refusal | null {
  const isPattern = unit.kind === 'head-hook' && unit.hook === 'pattern';
  if (sources !== null && unit.kind !== 'head' && !isPattern) {
    const why = `only heads have sources (->); ${formatEditUnit(unit)} is edited at tokens`;
    return { part: 'positions', why };
  }
  const why = refusedKind(unit, change, { pairs: sources !== null || isPattern });
  return why === null ? null : { part: 'kind', why };
}

/** Whether an edit means attention weights and not what the head writes. */
export function meansPattern({ unit, sources, change }: Parts): boolean {
  if (unit.kind === 'head-hook') return unit.hook === 'pattern';
  return unit.kind === 'head' && (sources !== null || change.kind === 'freeze');
}

function refusedKind(
  unit: EditUnit,
  change: EditKind,
  { pairs }: { readonly pairs: boolean },
): string | null {
  const name = formatEditUnit(unit);
  if (unit.kind === 'norm')
    return change.kind === 'freeze' || change.kind === 'corrupted'
      ? null
      : `a LayerNorm can only be held: write "${name}@... freeze" (or from corrupted)`;
  if (unit.kind === 'latent' && unit.index === 'error')
    return change.kind === 'zero' || change.kind === 'scale'
      ? null
      : 'the error term of a SAE can only be zeroed or scaled: write zero or x F';
  if (pairs) return refusedPair(change);
  if (unit.kind === 'head' && change.kind === 'set')
    return `a head writes many numbers and not one; write zero, x F or mean, or set ${name}.z`;
  return change.kind === 'add' ? refusedDirection(unit, change) : null;
}

function refusedPair(change: EditKind): string | null {
  if (change.kind === 'mean')
    return 'a pattern has no mean over other prompts, whose tokens are others; write zero, set V, x F or freeze';
  return change.kind === 'add' ? 'an attention weight has no direction to add; write set V or x F' : null;
}

function refusedDirection(unit: EditUnit, change: EditKind & { readonly kind: 'add' }): string | null {
  const name = formatEditUnit(unit);
  if (change.vector === null) {
    if (unit.kind === 'neuron' || unit.kind === 'latent') return null;
    return `${name} has no write direction of its own (neurons and latents have); give a vector: add C file.safetensors#tensor@hook`;
  }
  const layer = /^blocks\.(\d{1,9})\./.exec(change.vector.hook ?? '')?.[1];
  const own = layerOfUnit(unit);
  if (layer === undefined || own === null || Number(layer) === own) return null;
  return `the vector's hook is in layer ${layer}, ${name} in layer ${own}; name the same layer, or write E@...`;
}
