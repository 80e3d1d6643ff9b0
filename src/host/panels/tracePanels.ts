import * as vscode from 'vscode';
import { TRACE_VIEW_TYPE } from '../contributions.ts';
import type { SessionStore } from '../session/sessions.ts';
import type { PromptSession } from '../session/session.ts';
import { createPanels, type PanelRegistry } from './panelRegistry.ts';
import { persistedView } from './validate.ts';
import { TracePanel, type TracePanelContext } from './tracePanel.ts';

/** The trace panels of this window, one per document. */
export type TracePanels = PanelRegistry<PromptSession, TracePanel>;

export function createTracePanels(sessions: () => SessionStore, context: TracePanelContext): TracePanels {
  return createPanels<PromptSession, TracePanel>({
    viewType: TRACE_VIEW_TYPE,
    title: 'Trace',
    log: context.log,
    keyOf: ({ uri }) => uri.toString(),
    make: (panel, session, state) =>
      new TracePanel(panel, session, context, persistedView(state)?.tab ?? null),
    restore: async (state) => {
      const persisted = persistedView(state);
      if (!persisted) return null;
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(persisted.uri, true));
      const session = sessions().open(document, persisted.range);
      if (persisted.selection) session.select(persisted.selection);
      return session;
    },
    didClose: ({ session }) => sessions().release(session.uri),
  });
}
