import { InterpError, type ErrorCode } from './errors.ts';

/** An object of parsed JSON whose values are still to be checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Where a JSON text came from, and the code of the error when it is wrong. */
export interface JsonPlace {
  readonly file: string;
  readonly code: ErrorCode;
}

/** Longest piece of a wrong value that a message quotes. */
const MAX_QUOTE = 60;

/** Reads typed fields of an object that came from outside. `null` counts as absent, as in Python's configs. */
export interface FieldReader {
  has(key: string): boolean;
  positiveInteger(key: string): number;
  optionalInteger(key: string): number | null;
  positiveNumber(key: string, fallback: number): number;
  flag(key: string, fallback: boolean): boolean;
  text(key: string): string | null;
  object(key: string): JsonObject | null;
  /** Throws the error of this place: what was expected of the key, and what was found. */
  fail(key: string, expected: string): never;
  /** Keys that are present and were never asked for, in the file's order. */
  unread(): string[];
}

/** @throws the place's code when the text is not JSON or not an object. */
export function parseJsonObject(text: string, place: JsonPlace): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InterpError(place.code, `${place.file} is not JSON: ${reason}`, {
      data: { file: place.file },
      cause,
    });
  }
  if (isJsonObject(value)) return value;
  throw new InterpError(place.code, `${place.file}: expected a JSON object, found ${quote(value)}.`, {
    data: { file: place.file, expected: 'object', found: quote(value) },
  });
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A wrong value as a message quotes it: JSON, shortened. Never throws, whatever came from outside. */
export function quote(value: unknown): string {
  const text = stringify(value);
  return text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE)}...` : text;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'a value too deep to quote'; // JSON.stringify recurses; JSON.parse, which made it, does not
  }
}

/** Wraps an object; every failed read throws the place's code and names file, key, expected and found. */
export function readFields(object: JsonObject, place: JsonPlace): FieldReader {
  const asked = new Set<string>();
  const get = (key: string): unknown => {
    asked.add(key);
    return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
  };
  const fail = (key: string, expected: string): never => {
    const found = Object.hasOwn(object, key) ? quote(object[key]) : 'nothing';
    throw new InterpError(place.code, `${place.file}: "${key}" must be ${expected}, found ${found}.`, {
      data: { file: place.file, key, expected, found },
    });
  };
  const integer = (key: string): number | null => {
    const value = get(key);
    if (value === null) return null;
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : fail(key, 'an integer');
  };
  return {
    has: (key) => get(key) !== null,
    positiveInteger: (key) => {
      const value = integer(key);
      return value !== null && value > 0 ? value : fail(key, 'a positive integer');
    },
    optionalInteger: integer,
    positiveNumber: (key, fallback) => {
      const value = get(key) ?? fallback;
      const good = typeof value === 'number' && Number.isFinite(value) && value > 0;
      return good ? value : fail(key, 'a positive number');
    },
    flag: (key, fallback) => {
      const value = get(key) ?? fallback;
      return typeof value === 'boolean' ? value : fail(key, 'true or false');
    },
    text: (key) => {
      const value = get(key);
      return value === null || typeof value === 'string' ? value : fail(key, 'a string');
    },
    object: (key) => {
      const value = get(key);
      return value === null || isJsonObject(value) ? value : fail(key, 'an object');
    },
    fail,
    unread: () => Object.keys(object).filter((key) => !asked.has(key)),
  };
}
