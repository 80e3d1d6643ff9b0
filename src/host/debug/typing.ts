import { InterpError } from '../../core/errors.ts';
import { parsePosition, resolvePosition } from '../../core/prompt/position.ts';
import { singleTokenForm } from '../../core/prompt/singleToken.ts';
import type { TextToken } from '../../core/tokens/token.ts';
import type { EditComplaint, TokenForm } from '../../protocol/debugViewContract.ts';
import { shownIn } from '../../protocol/runState.ts';
import type { DebugSession } from './debugSession.ts';
import { editComplaint } from './editCheck.ts';

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

/** What is wrong with an edit that is being typed, as far as model and prompt are known. */
export async function checkEdit(session: DebugSession, text: string): Promise<EditComplaint | null> {
  const { corrupted, reference } = session.experiment.experiment;
  const tokens = shownIn(session.state)?.summary.left.tokens ?? null;
  const model = await session.model();
  return editComplaint(text, { model, tokens, corrupted, reference });
}
