import * as vscode from 'vscode';

/** A view in a webview panel. */
export interface KeyedPanel extends vscode.Disposable {
  readonly panel: vscode.WebviewPanel;
}

/** What a registry needs to know of one kind of panel. `Source` is what a panel shows: a document, a unit, a folder. */
export interface PanelKind<Source, Panel extends KeyedPanel> {
  /** Also in package.json's `activationEvents`, as `onWebviewPanel:{viewType}`. */
  readonly viewType: string;
  /** Of the tab, until the panel gives its own. */
  readonly title: string;
  readonly log: Pick<vscode.LogOutputChannel, 'warn'>;
  /** Sources with the same key share a panel. */
  keyOf(source: Source): string;
  /** Fills a panel. `state` = what its page persisted before a reload, unvalidated; undefined for a new panel. */
  make(panel: vscode.WebviewPanel, source: Source, state: unknown): Panel;
  /** What a persisted page was about; null when that cannot be told. A rejection is logged. Either way it closes. */
  restore(state: unknown): Promise<Source | null>;
  /** Hears of a panel that the person closed, after it was disposed of. */
  didClose?(panel: Panel): void;
}

/** The panels of one kind in this window, one per key. */
export interface PanelRegistry<Source, Panel extends KeyedPanel> extends vscode.Disposable {
  /**
   * Reveals the source's panel, or makes it: beside the active editor unless another column is asked for. The focus
   * stays where it is.
   */
  show(source: Source, column?: vscode.ViewColumn): Panel;
  /** By its key; a URI stands for its text. */
  get(key: string | vscode.Uri): Panel | undefined;
  all(): readonly Panel[];
  /** The panel that is active, or the only one. */
  active(): Panel | undefined;
}

/** Keeps panels by key, and gives them back what they showed when VS Code restores them after a reload. */
export function createPanels<Source, Panel extends KeyedPanel>(
  kind: PanelKind<Source, Panel>,
): PanelRegistry<Source, Panel> {
  const panels = new Map<string, Panel>();

  const adopt = (panel: vscode.WebviewPanel, source: Source, state: unknown): Panel => {
    const key = kind.keyOf(source);
    const made = kind.make(panel, source, state);
    panels.set(key, made);
    panel.onDidDispose(() => {
      // A new panel of the same key may have come before the old one's end was heard.
      if (panels.get(key) === made) panels.delete(key);
      made.dispose();
      kind.didClose?.(made);
    });
    return made;
  };

  const deserializeWebviewPanel = async (panel: vscode.WebviewPanel, state: unknown): Promise<void> => {
    try {
      const source = await kind.restore(state);
      if (source === null) panel.dispose();
      else adopt(panel, source, state);
    } catch (error) {
      kind.log.warn(`a panel of ${kind.viewType} could not be restored: ${String(error)}`);
      panel.dispose();
    }
  };
  const serializer = vscode.window.registerWebviewPanelSerializer(kind.viewType, { deserializeWebviewPanel });

  return {
    show: (source, column = vscode.ViewColumn.Beside) => {
      const known = panels.get(kind.keyOf(source));
      if (known) {
        known.panel.reveal(undefined, true);
        return known;
      }
      const place = { viewColumn: column, preserveFocus: true };
      return adopt(vscode.window.createWebviewPanel(kind.viewType, kind.title, place, {}), source, undefined);
    },
    get: (key) => panels.get(key.toString()),
    all: () => [...panels.values()],
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
