/** Written edits in order, and what they were before: every change can be undone. */
export interface EditList {
  readonly edits: readonly string[];
  readonly past: readonly (readonly string[])[];
}

const OFF = 'off ';
/** Steps of undo that are kept. */
const MAX_PAST = 50;

export function isOff(edit: string): boolean {
  return edit.startsWith(OFF);
}

/** The edit without `off `. */
export function bareEdit(edit: string): string {
  return isOff(edit) ? edit.slice(OFF.length) : edit;
}

/** Adds an edit at the end; one that is there already is switched on instead. */
export function added(edits: readonly string[], edit: string): readonly string[] {
  const at = edits.findIndex((known) => bareEdit(known) === bareEdit(edit));
  return at === -1 ? [...edits, edit] : edits.map((known, i) => (i === at ? edit : known));
}

export function toggled(edits: readonly string[], at: number): readonly string[] {
  return edits.map((edit, i) => (i !== at ? edit : isOff(edit) ? bareEdit(edit) : `${OFF}${edit}`));
}

export function removed(edits: readonly string[], at: number): readonly string[] {
  return edits.filter((_, i) => i !== at);
}

/** Moves an edit up or down by one. */
export function moved(edits: readonly string[], at: number, by: -1 | 1): readonly string[] {
  const to = at + by;
  const [one, other] = [edits[at], edits[to]];
  if (one === undefined || other === undefined) return edits;
  return edits.map((edit, i) => (i === at ? other : i === to ? one : edit));
}

/** The list after a change, which can be undone; the same list when nothing changed. */
export function changed(list: EditList, edits: readonly string[]): EditList {
  const same = edits.length === list.edits.length && edits.every((edit, i) => edit === list.edits[i]);
  return same ? list : { edits, past: [...list.past, list.edits].slice(-MAX_PAST) };
}

export function undone(list: EditList): EditList {
  const before = list.past.at(-1);
  return before === undefined ? list : { edits: before, past: list.past.slice(0, -1) };
}
