import * as vscode from 'vscode';
import { percent } from '../../core/percent.ts';
import type { TraceState } from '../../protocol/viewContract.ts';
import { COMMANDS } from '../contributions.ts';
import { visibleToken } from '../editor/format.ts';
import type { PromptSession } from '../session/session.ts';

/** A row of the view. */
export type HomeNode =
  | { readonly kind: 'section'; readonly section: Section }
  | { readonly kind: 'trace'; readonly session: PromptSession }
  | { readonly kind: 'recent'; readonly uri: vscode.Uri };

export type Section = 'traces' | 'recent';

const SECTIONS = { traces: 'Traces of this window', recent: 'Recent' } as const;

export function homeItem(node: HomeNode): vscode.TreeItem {
  switch (node.kind) {
    case 'section':
      return sectionItem(node.section);
    case 'trace':
      return traceItem(node.session);
    case 'recent':
      return recentItem(node.uri);
  }
}

function sectionItem(section: Section): vscode.TreeItem {
  const item = new vscode.TreeItem(SECTIONS[section], vscode.TreeItemCollapsibleState.Expanded);
  item.id = `section:${section}`;
  return item;
}

function traceItem({ uri, state, range }: PromptSession): vscode.TreeItem {
  const item = fileItem(uri);
  item.id = `trace:${uri.toString()}`;
  item.description = `${describeState(state)}${range ? ' · selection' : ''}`;
  item.contextValue = 'underglass.session';
  item.command = { title: 'Show the trace', command: COMMANDS.openRecent, arguments: [uri.toString()] };
  if (state.state === 'loading') item.iconPath = new vscode.ThemeIcon('loading~spin');
  if (state.state === 'error') item.iconPath = new vscode.ThemeIcon('error');
  return item;
}

function recentItem(uri: vscode.Uri): vscode.TreeItem {
  const item = fileItem(uri);
  item.id = `recent:${uri.toString()}`;
  const path = vscode.workspace.asRelativePath(uri);
  item.description = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  item.contextValue = 'underglass.recent';
  item.command = { title: 'Trace again', command: COMMANDS.openRecent, arguments: [uri.toString()] };
  return item;
}

function fileItem(uri: vscode.Uri): vscode.TreeItem {
  const item = new vscode.TreeItem(uri.path.split('/').at(-1) ?? uri.path);
  item.tooltip = vscode.workspace.asRelativePath(uri);
  // The icon of the file's language, as in the explorer.
  item.resourceUri = uri;
  item.iconPath = vscode.ThemeIcon.File;
  return item;
}

function describeState(state: TraceState): string {
  switch (state.state) {
    case 'ready': {
      const { next, tokens } = state.view.summary;
      const [first] = next;
      const expects = first ? ` · next ${visibleToken(first)} ${percent(first.probability, 'text')}` : '';
      return `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}${expects}`;
    }
    case 'loading':
      return 'tracing…';
    case 'stale':
      return 'changed since';
    case 'error':
      return state.error.message;
    case 'empty':
      return state.reason;
  }
}
