import * as vscode from 'vscode';
import { VIEWS } from '../contributions.ts';
import type { Sessions } from '../session/session.ts';
import { homeItem, type HomeNode, type Section } from './homeItems.ts';
import type { Recents } from './recents.ts';

export interface HomeContext {
  readonly sessions: Sessions;
  readonly recents: Recents;
}

/** Events of one trace come in bursts. */
const REFRESH_MS = 50;

/** The activity bar's view: the traces of this window, and recent ones. Empty: a welcome. */
export function registerHomeView(context: HomeContext): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  let timer: NodeJS.Timeout | undefined;
  const refresh = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.fire(), REFRESH_MS);
  };
  const treeDataProvider: vscode.TreeDataProvider<HomeNode> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: homeItem,
    getChildren: (node) => childrenOf(node, context),
  };
  const { sessions, recents } = context;
  return vscode.Disposable.from(
    changed,
    vscode.window.createTreeView(VIEWS.home, { treeDataProvider }),
    sessions.onDidChange(refresh),
    recents.onDidChange(refresh),
    { dispose: () => clearTimeout(timer) },
  );
}

/** What the rows are made from. */
export interface HomeFacts {
  readonly sessions: Pick<Sessions, 'all' | 'get'>;
  readonly recents: Pick<Recents, 'uris'>;
}

/** Children of a row; of the view itself without one. Sections without rows are left out. */
export function childrenOf(node: HomeNode | undefined, context: HomeFacts): HomeNode[] {
  if (node === undefined) {
    const sections: readonly Section[] = ['traces', 'recent'];
    return sections
      .filter((section) => rowsOf(section, context).length > 0)
      .map((section) => ({ kind: 'section', section }));
  }
  return node.kind === 'section' ? rowsOf(node.section, context) : [];
}

function rowsOf(section: Section, { sessions, recents }: HomeFacts): HomeNode[] {
  switch (section) {
    case 'traces':
      return sessions.all().map((session) => ({ kind: 'trace', session }));
    case 'recent':
      return recents.uris.filter((uri) => !sessions.get(uri)).map((uri) => ({ kind: 'recent', uri }));
  }
}
