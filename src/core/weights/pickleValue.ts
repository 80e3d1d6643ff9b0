/** What a pickle can hold here: plain values, names of allowed globals, and what a host made of them. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | PickleObject;

/** A Python list. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

/** A Python tuple. */
export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A Python dict, in its order. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<PickleKey, PickleValue>;
}

/** Keys that JavaScript and Python hold to be the same. */
export type PickleKey = string | number | bigint | boolean | null;

/** A name that the pickle mentions, `module.name`; nothing of that name is ever called. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** What the host made of an allowed global and its arguments. */
export interface PickleObject {
  readonly kind: 'object';
  readonly type: string;
  readonly value: unknown;
}

type Kind = 'list' | 'tuple' | 'dict' | 'global' | 'object';

/** Whether a value is of one of the structured kinds. */
export function isKind<K extends Kind>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
