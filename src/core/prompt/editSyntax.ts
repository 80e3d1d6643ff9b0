import { scanPosition } from './position.ts';

const OFF = 'off ';
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;

/** Kinds of edits and how they are written. */
const KINDS = new RegExp(
  `^(?:zero|mean|from corrupted|freeze|set ${NUMBER}|x ${NUMBER}|add ${NUMBER}(?: [^\\s#]+#[^\\s@]+@\\S+)?)$`,
);

/**
 * Checks how an edit is written: `UNIT@POSITIONS KIND`, `off ` before a disabled one. Whether the unit exists
 * is not looked at.
 * @returns null when it is well written, else what is wrong.
 */
export function editProblem(edit: string): string | null {
  const text = (edit.startsWith(OFF) ? edit.slice(OFF.length) : edit).trim();
  const at = text.indexOf('@');
  if (at <= 0 || /\s/.test(text.slice(0, at)))
    return 'an edit is written UNIT@POSITIONS KIND, e.g. L3H1@last zero';
  const query = scanPosition(text, at);
  const source = query && text.startsWith('->', query.end) ? scanPosition(text, query.end + 2) : null;
  const end = source?.end ?? query?.end;
  if (end === undefined || text[end] !== ' ')
    return `the positions after ${text.slice(0, at)} are not understood; they look like @7, @3..7, @last, @* or @" John"#2`;
  const kind = text.slice(end + 1).trim();
  return KINDS.test(kind)
    ? null
    : `"${kind}" is not a kind of edit; kinds are zero, set V, x F, mean, from corrupted, add C and freeze`;
}
