import { bug, InterpError, throwIfCancelled } from '../../errors.ts';
import type { ModelConfig } from '../../model/config.ts';
import { FitSums, type Fit, type ReplacedLoss } from '../../sae/health.ts';
import { rowsAt } from '../../tensor/tensor.ts';
import type { RunEdit } from '../../trace/edits/runEdit.ts';
import type { Runner } from '../../trace/runner.ts';
import type { SaeRunner } from '../../trace/saeRunner.ts';
import { Trace } from '../../trace/trace.ts';

/** How a health check is ended and followed. */
export interface HealthOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each window of both passes. */
  readonly onWindow?: (done: number) => void;
}

/**
 * Runs windows of tokens with a SAE's hook as it is, replaced by the reconstruction, by zero and by its mean over the
 * sample. The first token of a window, an outlier in GPT-2, is neither counted nor replaced.
 * @param windows token ids, at least two each.
 * @throws sae/unsupported for a hook that cannot be replaced
 */
export async function saeHealth(
  runner: Runner,
  sae: SaeRunner,
  windows: readonly (readonly number[])[],
  options: HealthOptions = {},
): Promise<{ readonly fit: Fit; readonly loss: ReplacedLoss }> {
  const { config } = sae.sae;
  const place = placeOf(config.hook_name);
  const sums = new FitSums(config);
  const losses = { clean: 0, reconstruction: 0, zero: 0, mean: 0 };
  const tokens = windows.reduce((sum, ids) => sum + ids.length - 1, 0);
  const run = async (
    ids: readonly number[],
    rows: readonly Float32Array[],
    clean?: Trace,
  ): Promise<number> => {
    const edits = replacement(runner.config, place, rows);
    return lossOf(
      await Trace.run(runner, ids, { edits, signal: options.signal, ...(clean ? { clean } : {}) }),
    );
  };
  for (const [index, ids] of windows.entries()) {
    throwIfCancelled(options.signal);
    const clean = await Trace.run(runner, ids, { signal: options.signal });
    losses.clean += await lossOf(clean);
    const counted = Array.from({ length: ids.length - 1 }, (_, row) => row + 1);
    const { data } = await clean.hook(config.hook_name);
    const input = rowsAt({ dims: [ids.length, config.d_in], data }, counted);
    const acts = await sae.encode(input);
    const reconstruction = (await sae.decode(acts)).data;
    sums.add({ input: input.data, reconstruction, ...acts });
    losses.reconstruction += await run(ids, rowsOf(reconstruction, config.d_in), clean);
    losses.zero += await run(
      ids,
      counted.map(() => new Float32Array(config.d_in)),
      clean,
    );
    options.onWindow?.(index + 1);
  }
  const mean = sums.mean();
  for (const [index, ids] of windows.entries()) {
    throwIfCancelled(options.signal);
    losses.mean += await run(
      ids,
      Array.from({ length: ids.length - 1 }, () => mean),
    );
    options.onWindow?.(windows.length + index + 1);
  }
  const [clean, reconstruction, zero, byMean] = [
    losses.clean,
    losses.reconstruction,
    losses.zero,
    losses.mean,
  ].map((sum) => sum / tokens) as [number, number, number, number];
  return { fit: sums.fit(), loss: { clean, reconstruction, zero, mean: byMean } };
}

/** Sum of -ln p over the tokens after the first. */
async function lossOf(trace: Trace): Promise<number> {
  return (await trace.surprise()).logProb.reduce((sum, value) => sum - value, 0);
}

function rowsOf(data: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: data.length / width }, (_, row) =>
    data.subarray(row * width, (row + 1) * width),
  );
}

interface HookPlace {
  readonly layer: number;
  readonly hook: 'resid_pre' | 'resid_mid' | 'resid_post' | 'attn_out' | 'mlp_out' | 'z' | 'post';
}

const HOOK =
  /^blocks\.(\d+)\.(?:attn\.|mlp\.)?hook_(resid_pre|resid_mid|resid_post|attn_out|mlp_out|z|post)$/;

function placeOf(hook_name: string): HookPlace {
  const [, layer, hook] = HOOK.exec(hook_name) ?? [];
  if (hook !== undefined) return { layer: Number(layer), hook: hook as HookPlace['hook'] };
  const message = `The health of a SAE at ${hook_name} is not measured: nothing can be put in its place there.`;
  throw new InterpError('sae/unsupported', message, { data: { hook: hook_name } });
}

/** Edits that put `rows` (of positions 1, 2, ...) in the place of what the hook has. */
function replacement(
  { n_heads, d_head }: ModelConfig,
  { layer, hook }: HookPlace,
  rows: readonly Float32Array[],
): RunEdit[] {
  const own = { layer, positions: rows.map((_, row) => row + 1), keep: 0 };
  switch (hook) {
    case 'resid_pre':
    case 'resid_mid':
    case 'resid_post':
      return [{ kind: 'residual', hook, ...own, value: rows }];
    case 'attn_out':
    case 'mlp_out':
    case 'post':
      return [{ kind: 'hook', hook, ...own, value: rows }];
    case 'z':
      if (rows.some(({ length }) => length !== n_heads * d_head)) throw bug('rows of z of another width');
      return Array.from({ length: n_heads }, (_, head): RunEdit => {
        const value = rows.map((row) => row.subarray(head * d_head, (head + 1) * d_head));
        return { kind: 'hook', hook, head, ...own, value };
      });
  }
}
