import type { PersistedReport } from '../../../src/protocol/reportViewContract.ts';
import type { RatingSession } from './ratingSession.ts';
import { firstWithout, SCALES } from './rubric.ts';

/** Keys of a card, outside its fields: W to the words, digits give points to the next scale, S skips. */
export function rateKey(
  event: KeyboardEvent,
  session: RatingSession,
  { points }: PersistedReport,
  root: ParentNode,
): void {
  const key = event.key.toLowerCase();
  if (key === 'w') {
    event.preventDefault();
    root.querySelector<HTMLElement>('#words')?.focus();
  }
  if (key === 's') session.skip();
  if (!/^\d$/u.test(key)) return;
  const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('[data-scale]');
  const scale = SCALES.find((each) => each.key === focused?.dataset['scale']) ?? firstWithout(points);
  if (scale === undefined || Number(key) > scale.most) return;
  event.preventDefault();
  session.give({ [scale.key]: Number(key) });
  focusScale(root, SCALES[SCALES.indexOf(scale) + 1]?.key ?? null);
}

/** To the scale, at the point that is given; null = to the button that saves. */
export function focusScale(root: ParentNode, key: string | null): void {
  const selector = key === null ? '#save' : `[data-scale="${key}"] [tabindex="0"]`;
  // The button is open to the focus once the last point is drawn.
  requestAnimationFrame(() => root.querySelector<HTMLElement>(selector)?.focus());
}
