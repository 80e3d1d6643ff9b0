import type { Candidate, TraceSummary, UnitReading } from '../core/trace/readings.ts';
import { resolvePosition } from '../core/prompt/position.ts';
import type { ModelInfo } from '../protocol/engineContract.ts';
import type { TraceArgs } from './args.ts';
import type { PromptInput } from './promptInput.ts';
import type { Session } from './session.ts';
import { findTensor, loadTensor, type TensorRef } from './tensors.ts';
import { topEntries, type TopEntries } from './topEntries.ts';

export interface HookReport extends TopEntries {
  readonly ref: TensorRef;
  readonly shape: readonly number[];
}

/** Targets or distractors, each by the first token of its text. */
export interface Answers {
  readonly targets: readonly Candidate[];
  readonly distractors: readonly Candidate[];
  /** Mean logit of the targets minus that of the distractors; null without either. */
  readonly logitDiff: number | null;
}

/** All that `trace` prints. */
export interface TraceReport {
  readonly model: ModelInfo;
  readonly summary: TraceSummary;
  /** Offset of the traced text in the file. */
  readonly offset: number;
  /** Where the prediction is read. */
  readonly position: number;
  readonly next: readonly Candidate[];
  readonly answers: Answers;
  /** Strongest latents at the position over all SAEs. */
  readonly latents: readonly UnitReading[];
  readonly hooks: readonly HookReport[];
}

/** Reads everything from a finished trace. */
export async function reportTrace(
  session: Session,
  found: {
    readonly model: ModelInfo;
    readonly summary: TraceSummary;
    readonly input: PromptInput;
    readonly args: TraceArgs;
  },
): Promise<TraceReport> {
  const { jobs, job } = session;
  const { model, summary, input, args } = found;
  const { traceId, tokens } = summary;
  const asked = input.prompt.frontMatter.position?.value ?? { kind: 'last' };
  const position = resolvePosition(asked, tokens).at(-1) ?? tokens.length - 1;
  const k = Math.min(args.top, model.d_vocab);
  const next = await jobs.handlers['trace/candidates']({ traceId, position, k }, job);
  const hover = { traceId, position, k: args.top, neurons: 0 };
  const latents = model.saes.length === 0 ? [] : (await jobs.handlers['trace/hover'](hover, job)).latents;
  const hooks: HookReport[] = [];
  for (const ref of args.hooks.map((name) => findTensor(model, name))) {
    const tensor = await loadTensor(jobs, traceId, ref);
    hooks.push({ ref, shape: tensor.dims, ...topEntries(tensor, args.top) });
  }
  const answers = await readAnswers(session, { model, traceId, position, input });
  return { model, summary, offset: input.prompt.body.start, position, next, answers, latents, hooks };
}

async function readAnswers(
  { jobs, job }: Session,
  at: {
    readonly model: ModelInfo;
    readonly traceId: string;
    readonly position: number;
    readonly input: PromptInput;
  },
): Promise<Answers> {
  const { model, traceId, position } = at;
  const { target, distractor } = at.input.prompt.frontMatter;
  if (!target && !distractor) return { targets: [], distractors: [], logitDiff: null };
  const all = await jobs.handlers['trace/candidates']({ traceId, position, k: model.d_vocab }, job);
  const byId = new Map(all.map((candidate) => [candidate.id, candidate]));
  const find = async (texts: readonly string[]): Promise<Candidate[]> => {
    const found: Candidate[] = [];
    for (const text of texts) {
      const encoded = await jobs.handlers['tokens/encode'](
        { modelId: model.modelId, text, bos: 'never' },
        job,
      );
      const candidate = byId.get(encoded[0]?.id ?? -1);
      if (candidate) found.push(candidate);
    }
    return found;
  };
  const targets = await find(target?.value ?? []);
  const distractors = await find(distractor?.value ?? []);
  const both = targets.length > 0 && distractors.length > 0;
  return { targets, distractors, logitDiff: both ? meanLogit(targets) - meanLogit(distractors) : null };
}

function meanLogit(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { logit }) => sum + logit, 0) / candidates.length;
}
