import type { WireError } from './wireError.ts';

/** What a page shows of what is run, or read, again and again. `last` is what is still shown, dimmed, while something else is under way. */
export type RunState<V> =
  | { readonly state: 'empty'; readonly reason: string }
  | { readonly state: 'loading'; readonly message: string; readonly last: V | null }
  | { readonly state: 'ready'; readonly view: V }
  | { readonly state: 'stale'; readonly reason: string; readonly last: V }
  | { readonly state: 'error'; readonly error: WireError; readonly last: V | null };

/** What is shown, dimmed or not; null when nothing is. */
export function shownIn<V>(state: RunState<V>): V | null {
  if (state.state === 'ready') return state.view;
  return state.state === 'empty' ? null : state.last;
}
