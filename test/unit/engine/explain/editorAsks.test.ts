import assert from 'node:assert/strict';
import { expectError } from '../../../support/expectError.ts';
import { testClock } from '../../../support/testClock.ts';
import { createEditorAsks, type EditorAsks } from '../../../../src/engine/explain/editorAsks.ts';
import type { EngineExplainEvents } from '../../../../src/protocol/explainContract.ts';

const QUESTION = { model: 'copilot', messages: [{ role: 'user', content: 'a' }] } as const;
const SIGNAL = new AbortController().signal;

describe('questions to the editor', () => {
  const clock = testClock();
  let asked: EngineExplainEvents['language/didAsk'][];
  let asks: EditorAsks;
  beforeEach(() => {
    asked = [];
    asks = createEditorAsks({ emit: (ask) => asked.push(ask), clock, timeoutMs: 5000 });
  });
  const idOf = (index: number): string => asked[index]?.askId ?? assert.fail('not asked');

  it('get their own answers, in any order', async () => {
    const first = asks.ask(QUESTION, SIGNAL);
    const second = asks.ask(QUESTION, SIGNAL);
    assert.notEqual(idOf(0), idOf(1));
    assert.deepEqual(asked[0], { askId: idOf(0), ...QUESTION });
    asks.answer({ askId: idOf(1), text: 'two', error: null });
    asks.answer({ askId: idOf(0), text: 'one', error: null });
    assert.deepEqual([await first, await second], ['one', 'two']);
  });

  it('fail with what the editor says', async () => {
    const refused = asks.ask(QUESTION, SIGNAL);
    asks.answer({ askId: idOf(0), text: null, error: 'No permission.' });
    await expectError(() => refused, 'language/refused', 'No permission.');
  });

  it('are given up when no answer comes in time; a late answer is passed over', async () => {
    const late = asks.ask(QUESTION, SIGNAL);
    clock.elapse();
    await expectError(() => late, 'language/unreachable', 'copilot', '5 s');
    assert.equal(asks.answer({ askId: idOf(0), text: 'late', error: null }), null);
  });

  it('end when they are cancelled', async () => {
    const stop = new AbortController();
    const gone = asks.ask(QUESTION, stop.signal);
    stop.abort();
    await expectError(() => gone, 'cancelled');
    await expectError(() => asks.ask(QUESTION, stop.signal), 'cancelled');
    assert.equal(asked.length, 1);
  });

  it('end when the engine does', async () => {
    const pending = asks.ask(QUESTION, SIGNAL);
    asks.close();
    await expectError(() => pending, 'closed');
  });

  it('pass over answers to questions that nobody asked', () => {
    assert.equal(asks.answer({ askId: 'unknown', text: 'x', error: null }), null);
  });
});
