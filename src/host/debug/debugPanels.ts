import * as vscode from 'vscode';
import { DEBUG_VIEW_TYPE } from '../contributions.ts';
import { createPanels, type PanelRegistry } from '../panels/panelRegistry.ts';
import { DebugPanel, type DebugPanelContext } from './debugPanel.ts';
import { DebugSession, type DebugSessionContext } from './debugSession.ts';
import { persistedDebug } from './validateDebug.ts';

/** The debug panels of this window, one per document; a panel owns its session, which runs when the panel is made. */
export type DebugPanels = PanelRegistry<vscode.TextDocument, DebugPanel>;

export function createDebugPanels(context: DebugPanelContext & DebugSessionContext): DebugPanels {
  return createPanels<vscode.TextDocument, DebugPanel>({
    viewType: DEBUG_VIEW_TYPE,
    title: 'Debug',
    log: context.log,
    keyOf: ({ uri }) => uri.toString(),
    make: (panel, document, state) => {
      const persisted = persistedDebug(state);
      const session = new DebugSession(document, persisted?.draft ?? {}, context);
      const made = new DebugPanel(panel, session, context, persisted);
      session.run();
      return made;
    },
    restore: async (state) => {
      const persisted = persistedDebug(state);
      return persisted && vscode.workspace.openTextDocument(vscode.Uri.parse(persisted.uri, true));
    },
  });
}
