import * as vscode from 'vscode';
import { percent } from '../../core/percent.ts';
import type { ModelInfo, SaeInfo } from '../../protocol/engineContract.ts';
import type { TraceState } from '../../protocol/viewContract.ts';
import { COMMANDS } from '../contributions.ts';
import { short, visibleToken } from '../editor/format.ts';
import type { PromptSession } from '../session/session.ts';

/** A row of the view. */
export type HomeNode =
  | { readonly kind: 'section'; readonly section: Section }
  | { readonly kind: 'model'; readonly model: ModelInfo }
  | { readonly kind: 'sae'; readonly sae: SaeInfo; readonly model: ModelInfo }
  | { readonly kind: 'trace'; readonly session: PromptSession }
  | { readonly kind: 'recent'; readonly uri: vscode.Uri };

export type Section = 'model' | 'traces' | 'recent';

const SECTIONS = { model: 'Model', traces: 'Traces of this window', recent: 'Recent' } as const;

const MODES = {
  mapped: 'weights mapped from the file',
  packed: 'blocks packed into memory',
  folded: 'weights held as fp32',
  cast: 'weights cast in every run',
} as const;

export function homeItem(node: HomeNode): vscode.TreeItem {
  switch (node.kind) {
    case 'section':
      return sectionItem(node.section);
    case 'model':
      return modelItem(node.model);
    case 'sae':
      return saeItem(node.sae, node.model);
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

function modelItem(model: ModelInfo): vscode.TreeItem {
  const state =
    model.saes.length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
  const item = new vscode.TreeItem(model.name, state);
  const sizes = `${model.n_layers} layers × ${model.d_model}`;
  const memory = `${megabytes(model.weightBytes)}, ${MODES[model.mode]}`;
  item.description = `${sizes} · ${megabytes(model.weightBytes)} ${model.mode}`;
  item.tooltip = [
    `${model.name}: ${sizes}, ${model.n_heads} heads, ${model.d_mlp} neurons a layer`,
    `${model.d_vocab} tokens, context ${model.n_ctx}; ${model.saes.length} SAEs`,
    memory,
    `about ${megabytes(model.memory.own)} of memory with a trace of 64 tokens, ${megabytes(model.memory.files)} of files mapped`,
    model.directory,
    ...model.warnings,
  ].join('\n');
  item.iconPath = new vscode.ThemeIcon(model.warnings.length > 0 ? 'warning' : 'layers');
  item.contextValue = 'underglass.model';
  return item;
}

function saeItem(sae: SaeInfo, model: ModelInfo): vscode.TreeItem {
  const item = new vscode.TreeItem(sae.id, vscode.TreeItemCollapsibleState.None);
  const labelled = sae.labelled > 0 ? ` · ${sae.labelled} labelled` : '';
  const active = sae.l0 === null ? '' : ` · L0 ${short(sae.l0)}`;
  item.description = `${sae.d_sae} latents${active}${labelled}`;
  item.tooltip = [
    `${model.name}/${sae.id}: ${sae.architecture} SAE of ${sae.hook_name}`,
    `${sae.d_sae} latents, ${sae.labelled} of them with words`,
    ...(sae.l0 === null
      ? []
      : [`L0 ${short(sae.l0)}: so many latents are active on a token, as its publishers state`]),
    ...sae.preparation,
    ...(sae.context_size === null ? [] : [`Trained on texts of ${sae.context_size} tokens`]),
    sae.directory,
  ].join('\n');
  item.iconPath = new vscode.ThemeIcon('list-filter');
  const open = [`${sae.id}/0`, model.directory];
  item.command = { command: COMMANDS.openUnit, title: 'Open its first latent', arguments: open };
  item.contextValue = 'underglass.sae';
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

function megabytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
