import * as vscode from 'vscode';
import { TRACE_VIEW_TYPE } from '../contributions.ts';
import type { SessionStore } from '../session/sessions.ts';
import type { PromptSession } from '../session/session.ts';
import { persistedView } from './validate.ts';
import { TracePanel, type TracePanelContext } from './tracePanel.ts';

/** The trace panels of this window, one per document. */
export interface TracePanels extends vscode.Disposable {
  /** Shows the document's panel beside its editor; the focus stays where it is. */
  show(session: PromptSession): TracePanel;
  get(uri: vscode.Uri): TracePanel | undefined;
  /** The panel that is active, or the only one. */
  active(): TracePanel | undefined;
}

export function createTracePanels(sessions: () => SessionStore, context: TracePanelContext): TracePanels {
  const panels = new Map<string, TracePanel>();

  const adopt = (panel: vscode.WebviewPanel, session: PromptSession, tab: string | null): TracePanel => {
    const key = session.uri.toString();
    const made = new TracePanel(panel, session, context, tab);
    panels.set(key, made);
    panel.onDidDispose(() => {
      // A new panel of the same file may have come before the old one's end was heard.
      if (panels.get(key) === made) panels.delete(key);
      made.dispose();
      sessions().release(session.uri);
    });
    return made;
  };

  const restore = async (panel: vscode.WebviewPanel, state: unknown): Promise<void> => {
    const persisted = persistedView(state);
    if (!persisted) return panel.dispose();
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(persisted.uri, true));
      const session = sessions().open(document, persisted.range);
      if (persisted.selection) session.select(persisted.selection);
      adopt(panel, session, persisted.tab);
    } catch (error) {
      context.log.warn(`a trace panel could not be restored: ${String(error)}`);
      panel.dispose();
    }
  };
  const serializer = vscode.window.registerWebviewPanelSerializer(TRACE_VIEW_TYPE, {
    deserializeWebviewPanel: restore,
  });

  return {
    show: (session) => {
      const known = panels.get(session.uri.toString());
      if (known) {
        known.panel.reveal(undefined, true);
        return known;
      }
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      return adopt(vscode.window.createWebviewPanel(TRACE_VIEW_TYPE, 'Trace', place, {}), session, null);
    },
    get: (uri) => panels.get(uri.toString()),
    active: () =>
      [...panels.values()].find(({ panel }) => panel.active) ??
      (panels.size === 1 ? [...panels.values()][0] : undefined),
    dispose: () => {
      serializer.dispose();
      // The webviews stay: VS Code gives them back to the serializer when the extension host starts again.
      for (const panel of panels.values()) panel.dispose();
      panels.clear();
    },
  };
}
