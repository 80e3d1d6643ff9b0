import * as vscode from 'vscode';
import type { OffsetRange } from './offsetRange.ts';
import type { PromptSession, Sessions } from './session.ts';
import { TraceSession, type TraceSessionContext } from './traceSession.ts';

export interface SessionsContext extends TraceSessionContext {
  /** Whether something still shows the document although its editor is gone. */
  isShown(uri: vscode.Uri): boolean;
}

export interface SessionStore extends Sessions {
  /** Ends the session when neither an editor nor a panel shows its document. */
  release(uri: vscode.Uri): void;
}

export function createSessions(context: SessionsContext): SessionStore {
  const sessions = new Map<string, TraceSession>();
  const emitter = new vscode.EventEmitter<PromptSession>();

  const add = (document: vscode.TextDocument, range: OffsetRange | null): TraceSession => {
    const session = new TraceSession(document, range, context);
    session.onDidChangeState(() => emitter.fire(session));
    session.onDidChangeSelection(() => emitter.fire(session));
    sessions.set(document.uri.toString(), session);
    return session;
  };
  const release = (uri: vscode.Uri): void => {
    const session = sessions.get(uri.toString());
    const open = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString() && !document.isClosed,
    );
    if (!session || open || context.isShown(uri)) return;
    sessions.delete(uri.toString());
    session.dispose();
    emitter.fire(session);
  };
  const closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => release(uri));

  return {
    get: (uri) => sessions.get(uri.toString()),
    all: () => [...sessions.values()],
    open: (document, range) => {
      const known = sessions.get(document.uri.toString());
      const session = known ?? add(document, range);
      const sameRange = JSON.stringify(session.range) === JSON.stringify(range);
      session.setRange(range);
      const { state } = session.state;
      if (!known || !sameRange || state === 'empty' || state === 'error') session.trace();
      return session;
    },
    onDidChange: emitter.event,
    release,
    dispose: () => {
      closing.dispose();
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
      emitter.dispose();
    },
  };
}
