import type { ReadingActions } from '../controls/readingView.ts';
import type { UnitStore } from './store.ts';

/** What panes may ask of the store when they fail. */
export function actionsOf(store: UnitStore): ReadingActions {
  const unit = store.shown?.view.summary.id ?? store.kept.unit;
  return { again: () => store.open(unit), copy: (text) => store.copy(text) };
}
