import { formatPosition, positionOf } from '../../../src/core/prompt/position.ts';
import type { PatchHook, PatchPart, PatchResult } from '../../../src/protocol/debugContract.ts';

/** Hooks that are patched token by token; the others are patched head by head. */
const BY_TOKEN: ReadonlySet<PatchHook> = new Set(['resid_pre', 'attn_out', 'mlp_out']);

export function isByToken(hook: PatchHook): boolean {
  return BY_TOKEN.has(hook);
}

export const HOOK_TITLES: Readonly<Record<PatchHook, string>> = {
  resid_pre: 'Residual stream',
  attn_out: 'Attention output',
  mlp_out: 'MLP output',
  z: 'Head output',
  q: 'Query',
  k: 'Key',
  v: 'Value',
  pattern: 'Pattern',
};

/** Parts of a heat map, one per layer. `position`: heads at every token instead of heads at all of them. */
export function patchParts(
  hook: PatchHook,
  layers: readonly number[],
  { byPosition }: { readonly byPosition: boolean },
): readonly PatchPart[] {
  return layers.map((layer) => ({ hook, layer, byPosition: isByToken(hook) || byPosition }));
}

export interface PatchMap {
  readonly rowLabels: readonly string[];
  /** Rows from the top of the picture; null = not yet measured or not aligned. */
  readonly values: readonly (readonly (number | null)[])[];
}

/**
 * The picture of what has been patched so far. By token: layers x positions. By head: layers x heads, or (head by head
 * with positions) a row per head of the one layer. The last layer is on top.
 */
export function patchMap(
  results: readonly { readonly part: PatchPart; readonly result: PatchResult }[],
  plan: readonly PatchPart[],
  size: { readonly columns: number; readonly heads: number },
  which: keyof PatchResult,
): PatchMap {
  const byHeadAndToken = plan.some(({ hook, byPosition }) => byPosition && !isByToken(hook));
  const of = (part: PatchPart): PatchResult[keyof PatchResult] | null =>
    results.find((one) => one.part === part)?.result[which] ?? null;
  const rows = plan.flatMap((part): readonly { label: string; values: readonly (number | null)[] }[] => {
    const values = of(part);
    const nothingYet = Array.from({ length: size.columns }, () => null);
    if (!byHeadAndToken) {
      const row =
        values === null
          ? nothingYet
          : isByToken(part.hook)
            ? (values[0] ?? nothingYet)
            : values.map((head) => head[0] ?? null);
      return [{ label: String(part.layer), values: row }];
    }
    return Array.from({ length: size.heads }, (_, head) => ({
      label: `L${part.layer}H${head}`,
      values: values?.[head] ?? nothingYet,
    }));
  });
  const ordered = byHeadAndToken ? rows : rows.reverse();
  return { rowLabels: ordered.map(({ label }) => label), values: ordered.map(({ values }) => values) };
}

/** The edit that takes a cell's value from the corrupted prompt. */
export function patchEdit(
  cell: {
    readonly hook: PatchHook;
    readonly layer: number;
    readonly head: number | null;
    readonly position: number | null;
  },
  tokens: readonly { readonly text: string }[],
): string {
  const { hook, layer, head, position } = cell;
  const place = position === null ? '@*' : formatPosition(positionOf(tokens, position));
  const unit = head === null ? `L${layer}.${hook}` : `L${layer}H${head}.${hook}`;
  return `${unit}${place} from corrupted`;
}

/** Pearson correlation of measured and estimated values where both are known; null for fewer than three pairs or no spread. */
export function correlationOf(
  results: readonly { readonly result: PatchResult }[],
): { readonly r: number; readonly pairs: number } | null {
  const pairs: [number, number][] = [];
  for (const { result } of results)
    for (const [i, row] of result.measured.entries())
      for (const [j, measured] of row.entries()) {
        const estimated = result.estimated[i]?.[j] ?? null;
        if (measured !== null && estimated !== null) pairs.push([measured, estimated]);
      }
  if (pairs.length < 3) return null;
  const mean = (at: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length;
  const [mx, my] = [mean(0), mean(1)];
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    xx += (x - mx) ** 2;
    yy += (y - my) ** 2;
    xy += (x - mx) * (y - my);
  }
  return xx > 0 && yy > 0 ? { r: xy / Math.sqrt(xx * yy), pairs: pairs.length } : null;
}
