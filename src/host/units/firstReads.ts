import type { UnitRef } from '../../protocol/recordsContract.ts';
import { FIRST_WINDOWS, type FirstReads } from '../../protocol/unitViewContract.ts';
import { inTime } from '../panels/inTime.ts';
import type { Engine } from '../session/session.ts';

/** The first paint does not wait longer for windows and explanations than for the rest: the page asks for them then. */
const PATIENCE_MS = 60;

/** Asks for what the first paint of a unit shows. What cannot be read is null: the page asks again, and says why. */
export async function firstReads(engine: Pick<Engine, 'request'>, ref: UnitRef): Promise<FirstReads> {
  const [explanations, top] = await Promise.all([
    inTime(engine.request('explain/list', ref), PATIENCE_MS),
    inTime(
      engine.request('unit/examples', { ...ref, set: 'top', from: 0, count: FIRST_WINDOWS }),
      PATIENCE_MS,
    ),
  ]);
  return { explanations, top };
}
