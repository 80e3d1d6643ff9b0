import { InterpError } from '../errors.ts';
import { formatEditUnit, readEditUnit, type EditUnit } from './editUnit.ts';
import { refusedEdit } from './editRules.ts';
import { formatPosition, scanPosition, type Position } from './position.ts';

/** A vector in a file: `file.safetensors#tensor@hook`. Without a hook it goes where the unit is. */
export interface VectorRef {
  readonly file: string;
  readonly tensor: string;
  readonly hook: string | null;
}

/** What is done with a unit's value h: 0, V, h x F, its mean, its value in the corrupted prompt, h + C, h held. */
export type EditKind =
  | { readonly kind: 'zero' }
  | { readonly kind: 'set'; readonly value: number }
  | { readonly kind: 'scale'; readonly factor: number }
  | { readonly kind: 'mean' }
  | { readonly kind: 'corrupted' }
  /** C times the unit's write direction, or times a vector. */
  | { readonly kind: 'add'; readonly factor: number; readonly vector: VectorRef | null }
  | { readonly kind: 'freeze' };

/** An edit as it is written: `[off ]UNIT@POSITIONS[->SOURCES] KIND`. */
export interface WrittenEdit {
  readonly enabled: boolean;
  readonly unit: EditUnit;
  readonly positions: Position;
  /** Keys that a head attends to; null unless attention pairs are meant. */
  readonly sources: Position | null;
  readonly change: EditKind;
}

/** What is wrong with a written edit. Offsets are UTF-16 in the edit's own text. */
export interface EditProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

const KIND_FORMS = ['zero', 'set V', 'x F', 'mean', 'from corrupted', 'add C', 'freeze'] as const;
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const ONE_WORD: Readonly<Record<string, EditKind>> = {
  zero: { kind: 'zero' },
  mean: { kind: 'mean' },
  'from corrupted': { kind: 'corrupted' },
  freeze: { kind: 'freeze' },
};
const WITH_NUMBER = new RegExp(`^(set|x|add)\\s+(${NUMBER})$`);
const WITH_VECTOR = new RegExp(
  `^add\\s+(${NUMBER})\\s+(?:("(?:[^"\\\\]|\\\\.)+")|([^\\s#"]+))#([^\\s@#]+)(?:@(\\S+))?$`,
);

/** @throws edit/malformed saying what, where (data `start`, `end`: UTF-16 in the edit) and what next */
export function parseEdit(text: string): WrittenEdit {
  const read = readEdit(text);
  if (!('problem' in read)) return read;
  const { message, start, end } = read.problem;
  throw new InterpError('edit/malformed', `${text.trim() === '' ? 'Empty edit' : text.trim()}: ${message}.`, {
    data: { edit: text, start, end },
  });
}

/** What is wrong with an edit, or null. Whether model and prompt have what it names is not looked at. */
export function editProblem(text: string): EditProblem | null {
  const read = readEdit(text);
  return 'problem' in read ? read.problem : null;
}

/** The canonical form; `parseEdit` reads it back. */
export function formatEdit({ enabled, unit, positions, sources, change }: WrittenEdit): string {
  const pairs = sources === null ? '' : `->${formatPosition(sources).slice(1)}`;
  const place = `${formatEditUnit(unit)}${formatPosition(positions)}${pairs}`;
  return `${enabled ? '' : 'off '}${place} ${formatKind(change)}`;
}

/** The edit switched on or off, otherwise as it is written. */
export function withEnabled(text: string, { enabled }: { readonly enabled: boolean }): string {
  const bare = text.replace(OFF, '');
  return enabled ? bare : `off ${bare}`;
}

function formatKind(change: EditKind): string {
  switch (change.kind) {
    case 'set':
      return `set ${change.value}`;
    case 'scale':
      return `x ${change.factor}`;
    case 'corrupted':
      return 'from corrupted';
    case 'add':
      return `add ${change.factor}${change.vector === null ? '' : ` ${formatVector(change.vector)}`}`;
    default:
      return change.kind;
  }
}

function formatVector({ file, tensor, hook }: VectorRef): string {
  const name = /^[^\s#"]+$/.test(file) ? file : JSON.stringify(file);
  return `${name}#${tensor}${hook === null ? '' : `@${hook}`}`;
}

const OFF = /^\s*off\s+/;

type Read = WrittenEdit | { readonly problem: EditProblem };

function readEdit(text: string): Read {
  const wrong = (message: string, start: number, end: number): Read => ({
    problem: { message, start, end: Math.max(end, Math.min(start + 1, text.length)) },
  });
  const length = text.trimEnd().length;
  const off = OFF.exec(text)?.[0];
  const start = off?.length ?? text.length - text.trimStart().length;
  const at = text.indexOf('@', start);
  const name = text.slice(start, at);
  if (at <= start || /\s/.test(name)) {
    const missing = text.slice(start, length).split(/\s/)[0] ?? '';
    const hint =
      missing === '' ? 'an edit' : `@ and positions are missing after "${cut(missing, '@')}"; an edit`;
    return wrong(
      `${hint} is written UNIT@POSITIONS KIND, e.g. L3H1@last zero`,
      start,
      start + missing.length,
    );
  }
  const unit = readEditUnit(name);
  if (!unit) return wrong(unknownUnit(name), start, at);
  const place = readPlace(text, at);
  if ('problem' in place) return place;
  const { positions, sources, end } = place;
  if (end >= length)
    return wrong(`it does not say what to do; write ${KIND_FORMS.join(', ')} after it`, start, length);
  const kindAt = length - text.slice(end, length).trimStart().length;
  const change = readKind(text.slice(kindAt, length));
  if (typeof change === 'string') return wrong(change, kindAt, length);
  const refused = refusedEdit({ unit, sources, change });
  if (refused === null) return { enabled: off === undefined, unit, positions, sources, change };
  return refused.part === 'kind' ? wrong(refused.why, kindAt, length) : wrong(refused.why, at, end);
}

type Place =
  | { readonly positions: Position; readonly sources: Position | null; readonly end: number }
  | { readonly problem: EditProblem };

/** Positions and sources from the `@` on, up to the space after them. */
function readPlace(text: string, at: number): Place {
  const query = text[at + 1] === '@' ? null : scanPosition(text, at);
  if (!query) return { problem: badPosition(text, at + 1) };
  const isPair = text.startsWith('->', query.end);
  const key = isPair ? scanPosition(text, query.end + 2) : null;
  if (isPair && !key) return { problem: badPosition(text, query.end + 2) };
  const end = key?.end ?? query.end;
  if (end < text.length && !/\s/.test(text[end] ?? '')) return { problem: badPosition(text, end) };
  return { positions: query.position, sources: key?.position ?? null, end };
}

function badPosition(text: string, start: number): EditProblem {
  const rest = /^[^\s]*/.exec(text.slice(start))?.[0] ?? '';
  const found = rest === '' ? 'nothing' : `"${cut(rest, '')}"`;
  const message = `the positions are not understood at ${found}; they look like @7, @3..7, @last, @*, @" John"#2, and for attention pairs @12->4`;
  return { message, start, end: start + Math.max(1, rest.length) };
}

/** @returns what is wrong, as a text. */
function readKind(text: string): EditKind | string {
  const word = ONE_WORD[text.replaceAll(/\s+/g, ' ')];
  if (word) return word;
  const numbered = WITH_NUMBER.exec(text);
  const vector = WITH_VECTOR.exec(text);
  const written = numbered?.[2] ?? vector?.[1];
  if (written === undefined) return unknownKind(text);
  // -0 is 0 for every edit, and "-0" would not be read back.
  const number = Number(written) + 0;
  if (!Number.isFinite(Math.fround(number))) return `${cut(written, '')} is too large for a float32 number`;
  if (numbered?.[1] === 'set') return { kind: 'set', value: number };
  if (numbered?.[1] === 'x') return { kind: 'scale', factor: number };
  return vector ? readVector(number, vector) : { kind: 'add', factor: number, vector: null };
}

function readVector(
  factor: number,
  [, , quoted, bare, tensor = '', hook]: RegExpExecArray,
): EditKind | string {
  const file = quoted === undefined ? (bare ?? '') : unquote(quoted);
  if (file === null) return `the file name ${cut(quoted ?? '', '')} is not a well-formed text in quotes`;
  return { kind: 'add', factor, vector: { file, tensor, hook: hook ?? null } };
}

function unquote(quoted: string): string | null {
  try {
    const text: unknown = JSON.parse(quoted);
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}

function unknownKind(text: string): string {
  const [first = ''] = text.split(/\s/);
  if (first === 'set' || first === 'x' || first === 'add')
    return `"${cut(text, '')}" needs one number after "${first}"${first === 'add' ? ', and may end in file.safetensors#tensor@hook' : ''}`;
  return `"${cut(text, '')}" is not a kind of edit; kinds are ${KIND_FORMS.join(', ')}`;
}

function unknownUnit(name: string): string {
  const hook = /^blocks\.(\d+)\.(?:attn|mlp)\.hook_(\w+)$/.exec(name);
  if (hook)
    return `"${cut(name, '')}" is a whole hook; name a unit of it, such as L${hook[1]}H0.${hook[2]} or L${hook[1]}N0`;
  return `"${cut(name, '')}" is not a unit; units are L3H1, L3H1.q (k, v, z, pattern), L5N123, 3-res/412, 3-res/error, E, L3.resid_post (resid_pre, resid_mid, attn_out, mlp_out), L3.ln1, L3.ln2 and ln_final`;
}

/** Longest stretch of a text that a message repeats. */
const MAX_QUOTED = 60;

function cut(text: string, otherwise: string): string {
  if (text === '') return otherwise;
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text;
}
