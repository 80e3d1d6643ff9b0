import { logSumExp, rankOf, topIndices } from './candidates.ts';

/** `logit` is relative to the first target's on that side. */
export interface CandidateValues {
  readonly logit: number;
  readonly probability: number;
  /** 1 = most likely; ties share the better rank. */
  readonly rank: number;
}

/** A next token with how likely each side finds it; `role` = how the prompt file names it. */
export interface DebugCandidate {
  readonly id: number;
  readonly text: string;
  readonly role: 'target' | 'distractor' | null;
  readonly left: CandidateValues;
  readonly right: CandidateValues | null;
}

/** Whose next tokens are listed, and which of them. */
export interface NextTokensRequest {
  /** Logits of one position, [d_vocab] each. */
  readonly left: Float32Array;
  readonly right: Float32Array | null;
  readonly targets: readonly number[];
  readonly distractors: readonly number[];
  /** Tokens per side; the union of both sides' most likely is listed. */
  readonly k: number;
  /** Text that a token must contain, upper and lower case alike; empty = every token. */
  readonly filter: string;
  readonly text: (id: number) => string;
}

/**
 * Next-token table: targets and distractors first and always, whatever the filter and however unlikely, then the
 * most likely tokens, by the left side. Without targets, logits are relative to the most likely token's.
 */
export function nextTokens(request: NextTokensRequest): DebugCandidate[] {
  const { left, right, targets, distractors, text } = request;
  const named = new Set([...targets, ...distractors]);
  const wanted = filtered(request);
  const found = new Set([...named, ...best(left, wanted, request.k), ...best(right, wanted, request.k)]);
  const readLeft = reader(left, targets[0]);
  const readRight = right && reader(right, targets[0]);
  const rows = [...found].map((id): DebugCandidate => ({
    id,
    text: text(id),
    role: targets.includes(id) ? 'target' : distractors.includes(id) ? 'distractor' : null,
    left: readLeft(id),
    right: readRight?.(id) ?? null,
  }));
  const [pinned, others] = [rows.filter(({ id }) => named.has(id)), rows.filter(({ id }) => !named.has(id))];
  return [...pinned, ...others.toSorted((a, b) => b.left.logit - a.left.logit || a.id - b.id)];
}

/** Which tokens pass the filter; null = all. */
function filtered({ filter, left, text }: NextTokensRequest): ((id: number) => boolean) | null {
  if (filter === '') return null;
  const needle = filter.toLowerCase();
  const passing = new Uint8Array(left.length);
  for (let id = 0; id < left.length; id++) passing[id] = text(id).toLowerCase().includes(needle) ? 1 : 0;
  return (id) => passing[id] === 1;
}

function best(
  logits: Float32Array | null,
  wanted: ((id: number) => boolean) | null,
  k: number,
): readonly number[] {
  if (!logits) return [];
  if (!wanted) return topIndices(logits, k);
  const masked = logits.map((logit, id) => (wanted(id) ? logit : -Infinity));
  return topIndices(masked, k).filter(wanted);
}

function reader(logits: Float32Array, first: number | undefined): (id: number) => CandidateValues {
  const total = logSumExp(logits);
  const zero = logits[first ?? topIndices(logits, 1)[0] ?? 0] ?? 0;
  return (id) => {
    const logit = logits[id] ?? Number.NaN;
    return { logit: logit - zero, probability: Math.exp(logit - total), rank: rankOf(logits, id) };
  };
}
