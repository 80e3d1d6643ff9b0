import { referenceForward, type Weights } from '../../src/core/model/gpt2.ts';
import type { ModelConfig } from '../../src/core/model/config.ts';
import type { SaeConfig } from '../../src/core/sae/config.ts';
import { referenceSae, type SaeWeights } from '../../src/core/sae/reference.ts';
import { windowPriority } from '../../src/core/records/priority.ts';

/** A window as the naive scan cuts it. */
export interface NaiveWindow {
  readonly ids: readonly number[];
  readonly counted: readonly boolean[];
}

/** What one unit does in one window, float64. */
export interface NaiveRecord {
  readonly sequence: number;
  /** Per token, 0 at BOS; of heads the lower triangle. */
  readonly values: readonly number[];
  /** Without BOS. */
  readonly counted: readonly number[];
}

/** Windows of `context` tokens, each with a BOS, documents one after the other with a BOS before each. */
export function naiveWindows(
  documents: readonly (readonly number[])[],
  context: number,
  bos: number,
): NaiveWindow[] {
  const windows: { ids: number[]; counted: boolean[] }[] = [];
  let open: { ids: number[]; counted: boolean[] } | null = null;
  const push = (id: number, counted: boolean): void => {
    if (open === null || open.ids.length === context) {
      open = { ids: [bos], counted: [false] };
      windows.push(open);
      if (!counted) return;
    }
    open.ids.push(id);
    open.counted.push(counted);
  };
  for (const ids of documents) {
    push(bos, false);
    for (const id of ids) push(id, true);
  }
  return windows;
}

export interface NaiveModel {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly saes: readonly { readonly id: string; readonly config: SaeConfig; readonly weights: SaeWeights }[];
}

/** Records of every unit of every family: family -> unit -> windows. */
export function naiveRecords(
  model: NaiveModel,
  windows: readonly NaiveWindow[],
): ReadonlyMap<string, readonly NaiveRecord[][]> {
  const families = new Map<string, NaiveRecord[][]>();
  const add = (family: string, units: number, window: NaiveWindow, sequence: number, at: ReadRow): void => {
    const known = families.get(family) ?? Array.from({ length: units }, (): NaiveRecord[] => []);
    families.set(family, known);
    known.forEach((records, unit) => {
      const rows = window.ids.map((_, row) => at(unit, row));
      const values = rows.flatMap((row, position) =>
        row.map((value) => (window.counted[position] ? value : 0)),
      );
      const counted = rows.flatMap((row, position) => (window.counted[position] ? row : []));
      records.push({ sequence, values, counted });
    });
  };
  const { n_layers, n_heads, d_mlp, d_head, d_model } = model.config;
  windows.forEach((window, sequence) => {
    const { hooks } = referenceForward(model.config, model.weights, window.ids);
    const hook = (name: string): Float64Array => hooks.get(name)?.data ?? new Float64Array();
    const size = window.ids.length;
    for (let layer = 0; layer < n_layers; layer++) {
      const post = hook(`blocks.${layer}.mlp.hook_post`);
      add(`${layer}-mlp-neurons`, d_mlp, window, sequence, (unit, row) => [post[row * d_mlp + unit] ?? 0]);
      const pattern = hook(`blocks.${layer}.attn.hook_pattern`);
      const v = hook(`blocks.${layer}.attn.hook_v`);
      const W_O = model.weights(`h.${layer}.attn.c_proj.weight`);
      const norm = (head: number, key: number): number => {
        const written = new Float64Array(d_model);
        for (let from = 0; from < d_head; from++) {
          const value = v[key * d_model + head * d_head + from] ?? 0;
          const row = (head * d_head + from) * d_model;
          for (let to = 0; to < d_model; to++)
            written[to] = (written[to] ?? 0) + value * (W_O[row + to] ?? 0);
        }
        return Math.hypot(...written);
      };
      add(`${layer}-heads`, n_heads, window, sequence, (head, query) =>
        Array.from(
          { length: query + 1 },
          (_, key) => (pattern[(head * size + query) * size + key] ?? 0) * norm(head, key),
        ),
      );
    }
    for (const { id, config, weights } of model.saes) {
      const { acts } = referenceSae(config, weights, hook(config.hook_name));
      add(id, config.d_sae, window, sequence, (unit, row) => [acts[row * config.d_sae + unit] ?? 0]);
    }
  });
  return families;
}

type ReadRow = (unit: number, row: number) => readonly number[];

/** The first windows in the random order of a seed. */
export function naiveRandom(windows: number, count: number, seed: number): number[] {
  return Array.from({ length: windows }, (_, sequence) => sequence)
    .toSorted((a, b) => windowPriority(seed, a) - windowPriority(seed, b))
    .slice(0, count);
}
