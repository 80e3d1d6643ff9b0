import { InterpError } from '../../errors.ts';
import { hookOfUnit, type EditUnit } from '../../prompt/editUnit.ts';
import { formatEdit, type VectorRef, type WrittenEdit } from '../../prompt/edits.ts';
import { hookShape, resolveHook } from '../../model/hooks.ts';
import { editOf, noMatch, type EditContext } from './editContext.ts';
import type { RunEdit } from './runEdit.ts';

const SITE = /^blocks\.(\d+)\.hook_(resid_pre|resid_mid|resid_post|attn_out|mlp_out)$/;
const HEAD_HOOK = /^blocks\.(\d+)\.attn\.hook_(q|k|v|z)$/;

/**
 * Adding a vector of a file at a hook, at the positions that will be given. Hooks: residual stream, attn_out, mlp_out
 * [d_model]; q, k, v, z [d_head] of the unit's head. @throws edit/incomplete, edit/no-match, hook/unknown
 */
export async function resolveVector(
  written: WrittenEdit,
  factor: number,
  { file, tensor, hook }: VectorRef,
  { config, saes, vectors }: EditContext,
): Promise<(positions: readonly number[]) => RunEdit[]> {
  const name = resolveHook(config, hook ?? defaultHook(written.unit, saes)).name;
  const unit = unitAt(written, name);
  if (!vectors) {
    const message = `${formatEdit(written)}: vectors of files cannot be read here.`;
    throw new InterpError('edit/incomplete', message, { data: { edit: formatEdit(written), file } });
  }
  const { spec } = resolveHook(config, name);
  const width = hookShape(config, spec, 1).at(-1) ?? 1;
  const numbers = await vectors(file, tensor);
  if (numbers.length !== width)
    throw noMatch(
      written,
      `${tensor} of ${file} has ${numbers.length} numbers, ${name} has ${width} per token`,
    );
  const value = numbers.map((number) => factor * number);
  return (positions) => [
    editOf(
      unit,
      positions,
      1,
      positions.map(() => value),
    ),
  ];
}

/** Where the unit writes. */
function defaultHook(unit: EditUnit, saes: EditContext['saes']): string {
  if (unit.kind === 'neuron') return `blocks.${unit.layer}.hook_mlp_out`;
  if (unit.kind === 'latent') return saes.get(unit.sae)?.sae.config.hook_name ?? '';
  return hookOfUnit(unit) ?? '';
}

function unitAt(written: WrittenEdit, hook: string): EditUnit {
  const site = SITE.exec(hook);
  if (site) return { kind: 'site', layer: Number(site[1]), site: site[2] as 'resid_pre' };
  const head = HEAD_HOOK.exec(hook);
  const { unit } = written;
  if (head && (unit.kind === 'head' || unit.kind === 'head-hook'))
    return { kind: 'head-hook', layer: Number(head[1]), head: unit.head, hook: head[2] as 'z' };
  throw noMatch(
    written,
    head
      ? `name the head that ${hook} is edited at, e.g. L${head[1]}H0`
      : `no vector can be added at ${hook}`,
  );
}
