import type { TextToken } from '../tokens/token.ts';
import { END_OF_TEXT } from '../tokens/definition.ts';
import { isInterpError } from '../errors.ts';
import type { PromptFile } from './parsePrompt.ts';
import { editProblem, parseEdit } from './edits.ts';
import { resolvePosition, type Position } from './position.ts';
import type { Problem, TextRange } from './problem.ts';
import { quoteYaml } from './quote.ts';
import { singleTokenForm } from './singleToken.ts';

/** What a prompt is checked against: the tokenizer and the context of its model. */
export interface CheckOptions {
  /** Tokens of a text, without BOS. */
  readonly encode: (text: string) => readonly TextToken[];
  readonly n_ctx: number;
  /** Whether `auto` prepends BOS for this model. */
  readonly bos: boolean;
}

/** A target of more tokens than this is listed with an ellipsis. */
const SHOWN_TOKENS = 6;

/** Prompts longer than this many characters per context token are not tokenized here. */
const MAX_CHARACTERS_PER_TOKEN = 200;

/** Finds what only the tokenizer can tell: length, answers of several tokens, spaces before the answer. @throws as `encode` */
export function checkPrompt(file: PromptFile, options: CheckOptions): Problem[] {
  return [
    ...checkLength(file, options),
    ...checkTrailingSpace(file),
    ...checkAnswers('target', file, options),
    ...checkAnswers('distractor', file, options),
  ];
}

function checkLength({ body, frontMatter }: PromptFile, { encode, n_ctx, bos }: CheckOptions): Problem[] {
  const mode = frontMatter.bos?.value ?? 'auto';
  const startsItself = body.text.startsWith(END_OF_TEXT);
  const added = mode === 'always' || (mode === 'auto' && bos && !startsItself) ? 1 : 0;
  if (body.text === '') return added > 0 ? [emptyPrompt(body, 'info')] : [emptyPrompt(body, 'error')];
  if (body.text.length > n_ctx * MAX_CHARACTERS_PER_TOKEN) {
    const message = `The prompt has ${body.text.length} characters, far more than fit into ${n_ctx} tokens.`;
    return [{ code: 'too-many-tokens', severity: 'error', message, start: body.start, end: body.end }];
  }
  const tokens = encode(body.text);
  const count = tokens.length + added;
  const firstTooMany = tokens[n_ctx - added];
  if (firstTooMany) {
    const message = `The prompt has ${count} tokens; the model reads ${n_ctx}. The part from here is too long.`;
    return [
      {
        code: 'too-many-tokens',
        severity: 'error',
        message,
        start: body.start + firstTooMany.start,
        end: body.end,
      },
    ];
  }
  const bosToken = { text: END_OF_TEXT };
  const all = added > 0 ? [bosToken, ...tokens] : tokens;
  return [...checkPosition(frontMatter.position, all), ...checkEditPositions(frontMatter.ablate, all)];
}

function emptyPrompt(body: TextRange, severity: 'info' | 'error'): Problem {
  const message =
    severity === 'info'
      ? 'The prompt is empty: only the BOS token will be run.'
      : 'The prompt is empty. Type the text to run below the front matter.';
  return { code: 'empty-prompt', severity, message, start: body.start, end: body.start };
}

function checkPosition(
  entry: PromptFile['frontMatter']['position'],
  tokens: readonly { readonly text: string }[],
): Problem[] {
  return entry ? positionProblem(entry.value, tokens, entry.range) : [];
}

/** Tokens that an edit names and the prompt has not; of edits that are switched on. */
function checkEditPositions(
  entry: PromptFile['frontMatter']['ablate'],
  tokens: readonly { readonly text: string }[],
): Problem[] {
  return (entry?.value ?? []).flatMap((text, index): Problem[] => {
    const range = entry?.items[index];
    if (!range || editProblem(text) !== null) return [];
    const { enabled, positions, sources } = parseEdit(text);
    if (!enabled) return [];
    return [positions, sources].flatMap((each) => (each ? positionProblem(each, tokens, range) : []));
  });
}

function positionProblem(
  position: Position,
  tokens: readonly { readonly text: string }[],
  range: TextRange,
): Problem[] {
  try {
    resolvePosition(position, tokens);
    return [];
  } catch (error) {
    if (!isInterpError(error, 'position/out-of-range')) throw error;
    return [
      { code: 'position', severity: 'error', message: error.message, start: range.start, end: range.end },
    ];
  }
}

/** GPT-2's tokens carry their space in front: a prompt that ends in one asks for the middle of a word. */
function checkTrailingSpace({ body }: PromptFile): Problem[] {
  let spaces = 0;
  while (spaces < body.text.length && body.text[body.text.length - 1 - spaces] === ' ') spaces++;
  if (spaces === 0) return [];
  const range = { start: body.end - spaces, end: body.end };
  return [
    {
      code: 'trailing-space',
      severity: 'warning',
      message:
        'The prompt ends in a space. Tokens carry their space in front (" Mary"), so after a space of its own the model expects something else.',
      ...range,
      fix: { title: 'Remove the space', edits: [{ ...range, newText: '' }] },
    },
  ];
}

function checkAnswers(key: 'target' | 'distractor', file: PromptFile, options: CheckOptions): Problem[] {
  const entry = file.frontMatter[key];
  if (!entry) return [];
  return entry.value.flatMap((answer, index): Problem[] => {
    const range = entry.items[index] ?? entry.range;
    return checkAnswer({ key, answer, range, body: file.body.text }, options);
  });
}

interface Answer {
  readonly key: string;
  readonly answer: string;
  readonly range: TextRange;
  readonly body: string;
}

function checkAnswer({ key, answer, range, body }: Answer, { encode, n_ctx }: CheckOptions): Problem[] {
  const isOne = (text: string): boolean =>
    text.length <= n_ctx * MAX_CHARACTERS_PER_TOKEN && encode(text).length === 1;
  const fixTo = (text: string): Pick<Problem, 'fix'> => ({
    fix: { title: `Change to ${JSON.stringify(text)}`, edits: [{ ...range, newText: quoteYaml(text) }] },
  });
  const spaced = ` ${answer}`;
  if (isOne(answer)) {
    const joins = /\p{L}$/u.test(body) && /^\p{L}/u.test(answer);
    if (!joins || !isOne(spaced)) return [];
    const message = `${key} ${JSON.stringify(answer)} would be glued to the last word; as a new word it is ${JSON.stringify(spaced)}.`;
    return [{ code: 'no-leading-space', severity: 'info', message, ...range, ...fixTo(spaced) }];
  }
  const single = singleTokenForm(answer, isOne) ?? undefined;
  const tokens = answer.length > n_ctx * MAX_CHARACTERS_PER_TOKEN ? [] : encode(answer);
  const shown = tokens.slice(0, SHOWN_TOKENS).map((token) => JSON.stringify(token.text));
  const list = shown.join(' + ') + (tokens.length > SHOWN_TOKENS ? ' + ...' : '');
  const what =
    answer === ''
      ? `${key} is empty`
      : `${key} ${JSON.stringify(answer)} is ${tokens.length} tokens: ${list}`;
  const hint =
    single === undefined ? 'Only its first token is compared.' : `${JSON.stringify(single)} is one token.`;
  return [
    {
      code: 'not-one-token',
      severity: answer === '' ? 'error' : 'warning',
      message: answer === '' ? `${what}.` : `${what}. ${hint}`,
      ...range,
      ...(single === undefined ? {} : fixTo(single)),
    },
  ];
}
