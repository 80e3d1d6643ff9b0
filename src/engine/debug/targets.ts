import { InterpError } from '../../core/errors.ts';
import { singleTokenForm } from '../../core/prompt/singleToken.ts';
import type { Tokenizer } from '../../core/tokens/tokenizer.ts';
import type { TargetToken } from '../../protocol/debugContract.ts';

type Texts = Pick<Tokenizer, 'encode' | 'asSingleToken'>;

/** Tokens listed of a text that is too long to be a target. */
const SHOWN_TOKENS = 6;
/** Longer texts are no single token of any vocabulary; they are not tokenized. */
const MAX_TARGET_LENGTH = 1000;

/** Targets of an experiment, one token each. @throws scalar/no-target, scalar/not-one-token */
export function resolveTargets(tokenizer: Texts, texts: readonly string[]): TargetToken[] {
  const written = texts.filter((text) => text !== '');
  if (written.length === 0)
    throw new InterpError(
      'scalar/no-target',
      'No target token is given, so that there is nothing to explain.',
    );
  return resolveAnswers(tokenizer, written, 'target');
}

/** Distractors; there may be none. @throws scalar/not-one-token with the tokens and the form that is one token */
export function resolveDistractors(tokenizer: Texts, texts: readonly string[]): TargetToken[] {
  const written = texts.filter((text) => text !== '');
  return resolveAnswers(tokenizer, written, 'distractor');
}

function resolveAnswers(
  tokenizer: Texts,
  texts: readonly string[],
  role: 'target' | 'distractor',
): TargetToken[] {
  return texts.map((text) => {
    const id = text.length > MAX_TARGET_LENGTH ? null : tokenizer.asSingleToken(text);
    if (id === null) throw notOneToken(tokenizer, text, role);
    return { text, id };
  });
}

function notOneToken(tokenizer: Texts, text: string, role: 'target' | 'distractor'): InterpError {
  const shownText = JSON.stringify(text.length > MAX_TARGET_LENGTH ? `${text.slice(0, 60)}…` : text);
  if (text.length > MAX_TARGET_LENGTH)
    return new InterpError('scalar/not-one-token', `The ${role} ${shownText} is not one token.`, {
      data: { role, text, proposal: null },
    });
  const tokens = tokenizer.encode(text).map((token) => JSON.stringify(token.text));
  const list = tokens.slice(0, SHOWN_TOKENS).join(' + ') + (tokens.length > SHOWN_TOKENS ? ' + …' : '');
  const proposal = singleTokenForm(text, (form) => tokenizer.asSingleToken(form) !== null);
  const hint = proposal === null ? '' : ` ${JSON.stringify(proposal)} is one token.`;
  return new InterpError(
    'scalar/not-one-token',
    `The ${role} ${shownText} is ${tokens.length} tokens: ${list}.${hint}`,
    { data: { role, text, tokens: list, proposal } },
  );
}
