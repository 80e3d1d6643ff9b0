import { InterpError } from '../../errors.ts';
import { formatEdit, type WrittenEdit } from '../../prompt/edits.ts';
import { resolvePosition } from '../../prompt/position.ts';
import { editOf, type EditContext } from './editContext.ts';
import { placeOfEdit } from './editedBlock.ts';

/**
 * Refuses error terms of two SAEs of one hook at one token: each stands for the whole hook, and without both errors it
 * would be the sum of two reconstructions less the hook itself. SAEs of different hooks are no conflict, also of
 * mlp.hook_post and mlp_out of one layer: the later one reads what the earlier one left. The residual stream after a
 * layer is that before the next. @throws sae/conflict
 */
export function refuseSharedHooks(
  enabled: readonly WrittenEdit[],
  { saes, tokens }: Pick<EditContext, 'saes' | 'tokens'>,
): void {
  const seen = new Map<string, { readonly sae: string; readonly written: WrittenEdit }>();
  for (const written of enabled) {
    const { unit } = written;
    if (unit.kind !== 'latent' || unit.index !== 'error') continue;
    const place = JSON.stringify(placeOfEdit(editOf(unit, [], 0, 0), saes));
    for (const position of resolvePosition(written.positions, tokens)) {
      const key = `${place} ${position}`;
      const earlier = seen.get(key);
      if (earlier && earlier.sae !== unit.sae) throw conflict(earlier.written, written, position);
      seen.set(key, { sae: unit.sae, written });
    }
  }
}

function conflict(first: WrittenEdit, second: WrittenEdit, position: number): InterpError {
  const [one, other] = [formatEdit(first), formatEdit(second)];
  return new InterpError(
    'sae/conflict',
    `${one} and ${other} are of one hook, at token ${position}: two SAEs cannot both stand for it.`,
    { data: { first: one, second: other, position } },
  );
}
