import * as vscode from 'vscode';
import { DEBUG_VIEW_TYPE } from '../contributions.ts';
import { DebugPanel, type DebugPanelContext } from './debugPanel.ts';
import { DebugSession, type DebugSessionContext } from './debugSession.ts';
import { persistedDebug } from './validateDebug.ts';

/** The debug panels of this window, one per document; a panel owns its session. */
export interface DebugPanels extends vscode.Disposable {
  /** Shows the document's panel beside its editor, running it when it is new; the focus stays where it is. */
  show(document: vscode.TextDocument): DebugPanel;
  get(uri: vscode.Uri): DebugPanel | undefined;
  active(): DebugPanel | undefined;
}

export function createDebugPanels(context: DebugPanelContext & DebugSessionContext): DebugPanels {
  const panels = new Map<string, DebugPanel>();

  const adopt = (
    panel: vscode.WebviewPanel,
    document: vscode.TextDocument,
    persisted: ReturnType<typeof persistedDebug>,
  ): DebugPanel => {
    const key = document.uri.toString();
    const session = new DebugSession(document, persisted?.draft ?? {}, context);
    const made = new DebugPanel(panel, session, context, persisted);
    panels.set(key, made);
    panel.onDidDispose(() => {
      // A new panel of the same file may have come before the old one's end was heard.
      if (panels.get(key) === made) panels.delete(key);
      made.dispose();
    });
    session.run();
    return made;
  };

  const restore = async (panel: vscode.WebviewPanel, state: unknown): Promise<void> => {
    const persisted = persistedDebug(state);
    if (!persisted) return panel.dispose();
    try {
      const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(persisted.uri, true));
      adopt(panel, document, persisted);
    } catch (error) {
      context.log.warn(`a debug panel could not be restored: ${String(error)}`);
      panel.dispose();
    }
  };
  const serializer = vscode.window.registerWebviewPanelSerializer(DEBUG_VIEW_TYPE, {
    deserializeWebviewPanel: restore,
  });

  return {
    show: (document) => {
      const known = panels.get(document.uri.toString());
      if (known) {
        known.panel.reveal(undefined, true);
        return known;
      }
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      const panel = vscode.window.createWebviewPanel(DEBUG_VIEW_TYPE, 'Debug', place, {});
      return adopt(panel, document, null);
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
