import assert from 'node:assert/strict';
import { fitContext } from '../../../../../src/core/explain/language/fitContext.ts';
import { user } from '../../../../../src/core/explain/language/messages.ts';

/** Every record is 100 characters long, which is taken as 50 tokens. */
const PARTS = {
  shots: [{ records: ['a', 'b'] }, { records: ['c', 'd'] }],
  records: ['e', 'f', 'g'],
};

function kept(contextTokens: number): { text: string; note: string | undefined; fits: boolean } {
  const { messages, note, fits } = fitContext(
    PARTS,
    { contextTokens, replyTokens: 10 },
    ({ shots, records }) => [
      user([...shots.flatMap((shot) => shot.records), ...records].map((name) => name.repeat(100)).join('')),
    ],
  );
  return { text: (messages[0]?.content ?? '').replace(/(.)\1*/g, '$1'), note, fits };
}

describe('fitting a prompt into a context', () => {
  const check = (contextTokens: number, text: string, note: string | undefined): void => {
    it(`${contextTokens} tokens hold ${text}`, () => {
      assert.deepEqual(kept(contextTokens), { text, note, fits: contextTokens > 59 });
    });
  };
  const left = (what: string): string => `Left out to fit the model's context: ${what}.`;
  check(360, 'abcdefg', undefined);
  check(359, 'abcefg', left('1 of 4 example records'));
  check(300, 'acefg', left('2 of 4 example records'));
  check(210, 'aefg', left('3 of 4 example records'));
  check(160, 'efg', left('4 of 4 example records'));
  check(159, 'ef', left('4 of 4 example records and 1 of 3 records of the unit'));
  check(60, 'e', left('4 of 4 example records and 2 of 3 records of the unit'));
  check(59, 'e', left('4 of 4 example records and 2 of 3 records of the unit'));
});
