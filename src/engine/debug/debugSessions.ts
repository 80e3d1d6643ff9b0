import { InterpError } from '../../core/errors.ts';
import type { DebugSession } from './debugSession.ts';

/** The debug sessions that views may read. The least recently used goes first. */
export interface DebugSessions {
  add(session: DebugSession): void;
  /** @throws trace/expired */
  get(debugId: string): DebugSession;
  close(debugId: string): void;
  clear(): void;
  readonly size: number;
}

/** Each holds up to four traces. */
const MAX_SESSIONS = 6;

export function createDebugSessions(): DebugSessions {
  const sessions = new Map<string, DebugSession>();
  return {
    add: (session) => {
      sessions.set(session.id, session);
      for (const oldest of sessions.keys()) if (sessions.size > MAX_SESSIONS) sessions.delete(oldest);
    },
    get: (debugId) => {
      const session = sessions.get(debugId);
      if (!session) {
        throw new InterpError('trace/expired', 'This debug session is no longer held by the engine.', {
          data: { debugId },
        });
      }
      sessions.delete(debugId);
      sessions.set(debugId, session);
      return session;
    },
    close: (debugId) => void sessions.delete(debugId),
    clear: () => sessions.clear(),
    get size() {
      return sessions.size;
    },
  };
}
