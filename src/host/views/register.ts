import * as vscode from 'vscode';
import type { Engine, Models, Sessions } from '../session/session.ts';
import { registerHomeView } from './home.ts';
import { createRecents } from './recents.ts';
import { registerStatusBar } from './statusBar.ts';

export interface ViewsContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly sessions: Sessions;
  /** The workspace's: remembers which files were traced. */
  readonly memento: vscode.Memento;
}

/** The activity bar's view and the status bar item. */
export function registerViews({ engine, models, sessions, memento }: ViewsContext): vscode.Disposable {
  const recents = createRecents(memento, sessions);
  return vscode.Disposable.from(
    recents,
    registerHomeView({ sessions, recents }),
    registerStatusBar(engine, models),
  );
}
