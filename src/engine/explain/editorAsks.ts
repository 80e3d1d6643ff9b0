import { randomUUID } from 'node:crypto';
import { cancelled, InterpError, throwIfCancelled } from '../../core/errors.ts';
import type { EngineExplain, EngineExplainEvents } from '../../protocol/explainContract.ts';
import { systemClock, type Clock } from '../../runtime/clock.ts';
import type { AskEditor } from '../../runtime/language/editorModel.ts';

/** Questions to models of VS Code's own that the host has not answered yet. */
export interface EditorAsks {
  /** Sends `language/didAsk` and waits for `language/answer`. */
  readonly ask: AskEditor;
  /** An answer to a question that nobody waits for any more is passed over. */
  answer(params: EngineExplain['language/answer']['params']): null;
  /** Rejects what is pending with `closed`. */
  close(): void;
}

export interface EditorAsksOptions {
  readonly emit: (ask: EngineExplainEvents['language/didAsk']) => void;
  readonly clock?: Clock;
  /** The person may first be asked for permission. */
  readonly timeoutMs?: number;
}

interface Pending {
  resolve(text: string): void;
  reject(error: InterpError): void;
}

const DEFAULT_TIMEOUT_MS = 300_000;

export function createEditorAsks({
  emit,
  clock = systemClock,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: EditorAsksOptions): EditorAsks {
  const pending = new Map<string, Pending>();

  const ask: AskEditor = async ({ model, messages }, signal) => {
    throwIfCancelled(signal);
    const askId = randomUUID();
    const answered = new Promise<string>((resolve, reject) => pending.set(askId, { resolve, reject }));
    const stop = (): void => pending.get(askId)?.reject(cancelled(signal.reason));
    const stopTimer = clock.after(timeoutMs, () => pending.get(askId)?.reject(late(model, timeoutMs)));
    signal.addEventListener('abort', stop, { once: true });
    try {
      emit({ askId, model, messages });
      return await answered;
    } finally {
      pending.delete(askId);
      signal.removeEventListener('abort', stop);
      stopTimer();
    }
  };
  return {
    ask,
    answer: ({ askId, text, error }) => {
      const waiting = pending.get(askId);
      if (text !== null) waiting?.resolve(text);
      else waiting?.reject(new InterpError('language/refused', error ?? 'VS Code gave no answer.'));
      return null;
    },
    close: () => {
      for (const { reject } of pending.values()) {
        reject(new InterpError('closed', 'The engine ended before VS Code answered.'));
      }
    },
  };
}

function late(model: string, timeoutMs: number): InterpError {
  return new InterpError(
    'language/unreachable',
    `VS Code's model "${model}" did not answer within ${timeoutMs / 1000} s.`,
    { data: { model } },
  );
}
