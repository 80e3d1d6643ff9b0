import { InterpError } from '../../core/errors.ts';
import { editProblem } from '../../core/prompt/edits.ts';
import { parsePosition, resolvePosition } from '../../core/prompt/position.ts';
import { singleTokenForm } from '../../core/prompt/singleToken.ts';
import type { TextToken } from '../../core/tokens/token.ts';
import type { EditComplaint, TokenForm } from '../../protocol/debugViewContract.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { DebugSession } from './debugSession.ts';

/** Longer texts are no target. */
const MAX_TARGET_LENGTH = 1000;
const SUGGESTIONS = 5;

/** Whether a text is one token, and the form that would be. */
export async function tokenForm(
  session: DebugSession,
  text: string,
  signal: AbortSignal,
): Promise<TokenForm> {
  if (text.length > MAX_TARGET_LENGTH)
    throw new InterpError('scalar/not-one-token', 'A text of this length is not one token.');
  const { modelId } = await session.model(signal);
  const encode = (form: string): Promise<readonly TextToken[]> =>
    session.request('tokens/encode', { modelId, text: form, bos: 'never' }, { signal });
  const tokens = await encode(text);
  if (tokens.length === 1) return { tokens, single: null };
  // The forms are asked for one by one, since the tokenizer lives in another process.
  const known = new Map<string, boolean>();
  for (;;) {
    const missing: string[] = [];
    const single = singleTokenForm(text, (form) => {
      const isOne = known.get(form);
      if (isOne === undefined) missing.push(form);
      return isOne ?? false;
    });
    const [next] = missing;
    if (next === undefined) return { tokens, single };
    known.set(next, (await encode(next)).length === 1);
  }
}

/** The likeliest next tokens where the experiment reads its prediction. */
export async function suggestTargets(session: DebugSession, signal: AbortSignal): Promise<readonly string[]> {
  const { modelId } = await session.model(signal);
  const { text, bos, position } = session.prompt;
  const { traceId, tokens } = await session.request('trace/run', { modelId, text, bos }, { signal });
  try {
    const at = resolvePosition(parsePosition(position) ?? { kind: 'last' }, tokens).at(-1) ?? 0;
    const asked = { traceId, position: at, k: SUGGESTIONS };
    const candidates = await session.request('trace/candidates', asked, { signal });
    return candidates.map((candidate) => candidate.text);
  } finally {
    session.request('trace/close', { traceId }).catch(() => {});
  }
}

/** What is wrong with an edit that is being typed: its grammar, and whether the model has what it names. */
export async function checkEdit(session: DebugSession, text: string): Promise<EditComplaint | null> {
  const problem = editProblem(text);
  if (problem) return problem;
  return unknownUnit(text, await session.model());
}

function unknownUnit(text: string, model: ModelInfo): EditComplaint | null {
  const start = /^\s*(?:off\s+)?/.exec(text)?.[0].length ?? 0;
  const name = text.slice(start, text.indexOf('@', start));
  const complaint = (message: string): EditComplaint => ({ message, start, end: start + name.length });
  const layer = /^L(\d+)/.exec(name)?.[1];
  if (layer !== undefined && Number(layer) >= model.n_layers)
    return complaint(`${model.name} has layers 0 to ${model.n_layers - 1}`);
  const head = /^L\d+H(\d+)/.exec(name)?.[1];
  if (head !== undefined && Number(head) >= model.n_heads)
    return complaint(`each layer of ${model.name} has heads 0 to ${model.n_heads - 1}`);
  const neuron = /^L\d+N(\d+)/.exec(name)?.[1];
  if (neuron !== undefined && Number(neuron) >= model.d_mlp)
    return complaint(`each layer of ${model.name} has neurons 0 to ${model.d_mlp - 1}`);
  const [, id, latent] = /^(\d+-[^/\s]+)\/(\d+|error)$/.exec(name) ?? [];
  if (id === undefined) return null;
  const sae = model.saes.find((attached) => attached.id === id);
  if (!sae) return complaint(`no SAE ${id} is attached`);
  return Number(latent) >= sae.d_sae ? complaint(`SAE ${id} has latents 0 to ${sae.d_sae - 1}`) : null;
}
