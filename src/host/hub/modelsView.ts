import * as vscode from 'vscode';
import { sizeText } from '../../core/hub/amounts.ts';
import { toInterpError } from '../../core/errors.ts';
import { speedText } from '../../core/speed.ts';
import { VIEWS } from '../contributions.ts';
import type { Engine, Models, Sessions } from '../session/session.ts';
import { onDidChangeSetting } from '../settings.ts';
import type { Downloads } from './downloads.ts';
import type { HealthChecks } from './healthChecks.ts';
import { saeFacts } from './itemTexts.ts';
import { modelsItem, type ModelsNode } from './modelItems.ts';
import { readSaes, readShelf, type ShelfState } from './shelf.ts';

export interface ModelsViewContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly sessions: Sessions;
  readonly downloads: Downloads;
  readonly health: HealthChecks;
}

/** Traces and downloads tell of themselves in bursts. */
const REFRESH_MS = 150;

/** What is on this machine: models with their SAEs, loaded or not, and what is not whole yet. */
export interface ModelsView extends vscode.Disposable {
  refresh(): void;
  /** What the view shows below a row, or at its top. */
  children(node?: ModelsNode): Promise<readonly ModelsNode[]>;
}

export function registerModelsView(context: ModelsViewContext): ModelsView {
  const { engine, downloads } = context;
  const changed = new vscode.EventEmitter<ModelsNode | undefined>();
  let timer: NodeJS.Timeout | undefined;
  let state: ShelfState | null = null;
  const downloading = new Map<string, ModelsNode>();
  const open = new Set<string>();
  const refresh = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => changed.fire(undefined), REFRESH_MS);
  };
  const children = async (node?: ModelsNode): Promise<readonly ModelsNode[]> => {
    if (node === undefined) {
      state = await readShelf(engine);
      const roots = rootsOf(state);
      downloading.clear();
      for (const row of roots) if (row.kind === 'download') downloading.set(row.download.id, row);
      return roots;
    }
    if (node.kind === 'model') return saeRows(node, { engine, state: state ?? (await readShelf(engine)) });
    if (node.kind !== 'sae') return [];
    const of = node.shelved.sae.directory;
    return saeFacts(node.shelved, node.health).map((fact) => ({ kind: 'fact', fact, of }));
  };
  const getChildren = async (node?: ModelsNode): Promise<ModelsNode[]> => {
    try {
      const found = await children(node);
      if (node === undefined) describeView(view, state, engine.speed);
      return [...found];
    } catch (error) {
      view.message = toInterpError(error).message;
      return [];
    }
  };
  const view = vscode.window.createTreeView<ModelsNode>(VIEWS.models, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: (node) => withState(modelsItem(node, downloads), open),
      getChildren,
    },
    showCollapseAll: true,
  });
  const subscriptions = [
    view,
    changed,
    view.onDidExpandElement(({ element }) => open.add(modelsItem(element, downloads).id ?? '')),
    view.onDidCollapseElement(({ element }) => open.delete(modelsItem(element, downloads).id ?? '')),
    ...refreshOn(context, refresh),
    downloads.onDidProgress((id) => {
      const row = downloading.get(id);
      if (row) changed.fire(row);
      else refresh();
    }),
    view.onDidChangeVisibility(({ visible }) => visible && refresh()),
    { dispose: () => clearTimeout(timer) },
  ];
  return { refresh, children, dispose: () => vscode.Disposable.from(...subscriptions).dispose() };
}

/** VS Code forgets which rows a person opened when two refreshes meet, as at the opening of the side bar. */
function withState(item: vscode.TreeItem, open: ReadonlySet<string>): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  if (item.collapsibleState === Collapsed && open.has(item.id ?? '')) item.collapsibleState = Expanded;
  return item;
}

function refreshOn(
  { engine, models, sessions, downloads, health }: ModelsViewContext,
  refresh: () => void,
): readonly vscode.Disposable[] {
  let traced = '';
  return [
    models.onDidChange(refresh),
    models.onDidInstall(refresh),
    downloads.onDidChange(refresh),
    health.onDidChange(refresh),
    engine.onDidRestart(refresh),
    engine.onDidLearnSpeed(refresh),
    onDidChangeSetting('modelFolder', refresh),
    // Selections change with every key; memory only when something was run.
    sessions.onDidChange(() => {
      const now = sessions
        .all()
        .map(({ state }) => state.state)
        .join();
      if (now !== traced) refresh();
      traced = now;
    }),
  ];
}

function describeView(
  view: vscode.TreeView<ModelsNode>,
  state: ShelfState | null,
  speed: Engine['speed'],
): void {
  delete view.message;
  const runs = speed === null ? [] : [speedText({ ...speed, providers: [] }), ...speed.notes];
  view.description = state === null ? '' : [`${sizeText(state.residentBytes)} in use`, ...runs].join(' · ');
}

function rootsOf({ models, unfinished }: ShelfState): ModelsNode[] {
  return [
    ...unfinished.map((download): ModelsNode => ({ kind: 'download', download })),
    ...models.map((model): ModelsNode => ({ kind: 'model', model })),
  ];
}

async function saeRows(
  { model }: ModelsNode & { readonly kind: 'model' },
  { engine, state }: { readonly engine: Engine; readonly state: ShelfState },
): Promise<ModelsNode[]> {
  const saes = await readSaes(engine, model, state);
  return saes.map((shelved) => ({ kind: 'sae', shelved, health: shelved.sae.health }));
}
