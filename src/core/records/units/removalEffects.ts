import { InterpError, throwIfCancelled } from '../../errors.ts';
import { logSumExp, topIndices } from '../../analysis/candidates.ts';
import { klDivergence } from '../../analysis/divergence.ts';
import { row } from '../../tensor/tensor.ts';
import { isEditableHook } from '../../trace/edits/editedBlock.ts';
import type { RunEdit } from '../../trace/edits/runEdit.ts';
import { saeSite } from '../../trace/gradients/readoutLatent.ts';
import { MAX_LOGITS } from '../../trace/runner.ts';
import { latentColumn } from '../../trace/saeRunner.ts';
import { Trace } from '../../trace/trace.ts';
import type { Unit } from '../../model/units.ts';
import type { RemovalEffects, TokenVote } from '../readings.ts';
import { latentActs } from './activations.ts';
import { saeOf, type UnitModel } from './unitModel.ts';

type Latent = Extract<Unit, { readonly kind: 'latent' }>;

/** The text that a latent is removed from; `text` spells a token. */
export interface RemovalRequest {
  readonly ids: readonly number[];
  readonly text: (id: number) => string;
  /** Next tokens per list. */
  readonly k: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a text with one latent and without it, at every token where it is active, the SAE's error term kept. Both runs
 * go through the same graphs, so that nothing differs before the first active token. Source: OpenAI's SAE viewer,
 * "effects of ablation".
 * @throws sae/unsupported for a SAE at a hook that cannot be edited
 */
export async function removalEffects(
  model: UnitModel,
  latent: Latent,
  request: RemovalRequest,
): Promise<RemovalEffects> {
  const { ids, text, k, signal } = request;
  const sae = saeOf(model, latent.sae);
  const { hook_name } = sae.config;
  if (!isEditableHook(hook_name)) {
    throw new InterpError('sae/unsupported', `Latents at ${hook_name} cannot be removed from a run.`, {
      data: { hook: hook_name },
    });
  }
  const clean = await Trace.run(model.runner, ids, { signal });
  const activations = latentColumn(await latentActs(model, clean, latent.sae), latent.index);
  const active = [...ids.keys()].filter((position) => activations[position] !== 0);
  const neutral = neutralEdits(sae.config, ids.length);
  const saes = new Map([[latent.sae, sae.runner]]);
  const removed: RunEdit = { ...latent, positions: active, keep: 0, value: 0 };
  const run = (edits: readonly RunEdit[]): Promise<Trace> =>
    Trace.run(model.runner, ids, { edits, saes, clean, signal });
  const kept = neutral.length === 0 ? clean : await run(neutral);
  const without = active.length === 0 ? kept : await run([...neutral, removed]);
  const compared = await compare(kept, without, { k, text, signal });
  return { tokens: ids.map(text), activations, ...compared };
}

/** Edits that change nothing and make a run go through the graph that an edited latent needs. */
function neutralEdits(config: Parameters<typeof saeSite>[0], size: number): RunEdit[] {
  const { hook, layer } = saeSite(config);
  const change = { positions: Array.from({ length: size }, (_, at) => at), keep: 1, value: 0, layer };
  switch (hook) {
    case 'z':
    case 'attn_out':
    case 'post':
    case 'mlp_out':
      return [{ kind: 'hook', hook, ...change }];
    case 'resid_mid':
      return [{ kind: 'residual', hook, ...change }];
    default:
      return [];
  }
}

type Votes = Pick<RemovalEffects, 'upvoted' | 'downvoted' | 'likelier' | 'unlikelier'>;
type Compared = Pick<RemovalEffects, 'lossDifference' | 'kl'> & Votes;

async function compare(
  kept: Trace,
  without: Trace,
  { k, text, signal }: Omit<RemovalRequest, 'ids'>,
): Promise<Compared> {
  const { ids } = kept;
  const lossDifference: (number | null)[] = [null];
  const kl: number[] = [];
  const votes: VotesAt[] = [];
  const step = Math.max(1, Math.floor(MAX_LOGITS / 2 / kept.config.d_vocab));
  for (let start = 0; start < ids.length; start += step) {
    throwIfCancelled(signal);
    const positions = [...ids.keys()].slice(start, start + step);
    const [withIt, withoutIt] = [await kept.logits(positions), await without.logits(positions)];
    for (const [index, position] of positions.entries()) {
      const [p, q] = [row(withIt, index), row(withoutIt, index)];
      // Rounding may leave the sum of a divergence of nearly nothing a hair below zero.
      kl.push(Math.max(0, klDivergence(p, q)));
      const next = ids[position + 1];
      if (next !== undefined) lossDifference.push(lossOf(q, next) - lossOf(p, next));
      votes.push(votesAt(p, q, { k, text }));
    }
  }
  return {
    lossDifference,
    kl,
    upvoted: votes.map(({ upvoted }) => upvoted),
    downvoted: votes.map(({ downvoted }) => downvoted),
    likelier: votes.map(({ likelier }) => likelier),
    unlikelier: votes.map(({ unlikelier }) => unlikelier),
  };
}

type VotesAt = { readonly [Name in keyof Votes]: readonly TokenVote[] };

/** @param p logits with the latent, @param q without it */
function votesAt(p: Float32Array, q: Float32Array, { k, text }: Pick<RemovalRequest, 'k' | 'text'>): VotesAt {
  const logit = p.map((value, id) => value - (q[id] ?? Number.NaN));
  const [before, after] = [logSumExp(q), logSumExp(p)];
  const probability = p.map(
    (value, id) => Math.exp(value - after) - Math.exp((q[id] ?? Number.NaN) - before),
  );
  const list = (by: Float32Array, sign: 1 | -1): TokenVote[] =>
    largest(by, k, sign).map((id) => ({
      id,
      text: text(id),
      logit: logit[id] ?? Number.NaN,
      probability: probability[id] ?? Number.NaN,
    }));
  return {
    upvoted: list(logit, 1),
    downvoted: list(logit, -1),
    likelier: list(probability, 1),
    unlikelier: list(probability, -1),
  };
}

function lossOf(logits: Float32Array, id: number): number {
  return logSumExp(logits) - (logits[id] ?? Number.NaN);
}

/** Tokens that change most in one direction; those that do not change are none. */
function largest(change: Float32Array, k: number, sign: 1 | -1): number[] {
  const signed = sign === 1 ? change : change.map((value) => -value);
  return topIndices(signed, k).filter((id) => (signed[id] ?? 0) > 0);
}
