import * as vscode from 'vscode';
import { sizeText } from '../../core/hub/amounts.ts';
import type { HubUnfinished } from '../../protocol/hubContract.ts';
import type { SaeHealth } from '../../protocol/saeContract.ts';
import type { Downloads } from './downloads.ts';
import { healthLine, modelTooltip, saeTooltip, shortProblem, type Fact } from './itemTexts.ts';
import type { ShelfModel, ShelfSae } from './shelf.ts';

/** A row of the view. `viewItem` of each starts with its kind; see `contextOf`. */
export type ModelsNode =
  | { readonly kind: 'model'; readonly model: ShelfModel }
  | { readonly kind: 'sae'; readonly shelved: ShelfSae; readonly health: SaeHealth | null }
  | { readonly kind: 'fact'; readonly fact: Fact; readonly of: string }
  | { readonly kind: 'download'; readonly download: HubUnfinished };

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function modelsItem(node: ModelsNode, downloads: Pick<Downloads, 'progressOf'>): vscode.TreeItem {
  switch (node.kind) {
    case 'model':
      return modelItem(node.model);
    case 'sae':
      return saeItem(node.shelved, node.health);
    case 'fact':
      return factItem(node.fact, node.of);
    case 'download':
      return downloadItem(node.download, downloads.progressOf(node.download.id));
  }
}

/** `model installed loaded`: the kind, then what is so of it, for `when` clauses such as `viewItem =~ /\binstalled\b/`. */
function contextOf(kind: string, flags: Readonly<Record<string, boolean>>): string {
  return [kind, ...Object.entries(flags).flatMap(([name, isSo]) => (isSo ? [name] : []))].join(' ');
}

function modelItem(model: ShelfModel): vscode.TreeItem {
  const { ref, name, directory, source, saeCount, problem, installed, loaded, isDefault } = model;
  const item = new vscode.TreeItem(name, saeCount > 0 ? Collapsed : None);
  item.id = `model:${ref}`;
  item.description = describeModel(model);
  item.tooltip = modelTooltip(model);
  item.iconPath = modelIcon(model);
  item.contextValue = contextOf('model', {
    [source]: true,
    installed: installed !== null,
    loaded: loaded !== null,
    default: isDefault,
    broken: installed !== null && problem !== null,
    usable: directory !== null && problem === null,
    saes: saeCount > 0,
  });
  return item;
}

function modelIcon({ directory, problem, loaded }: ShelfModel): vscode.ThemeIcon {
  if (problem !== null)
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  if (directory === null) return new vscode.ThemeIcon('circle-slash');
  return new vscode.ThemeIcon(loaded ? 'layers-active' : 'layers');
}

function describeModel({
  directory,
  source,
  weightBytes,
  saeCount,
  problem,
  loaded,
  isDefault,
}: ShelfModel): string {
  if (problem !== null) return shortProblem(problem, directory);
  const saes = saeCount === 0 ? [] : [saeCount === 1 ? '1 SAE' : `${saeCount} SAEs`];
  if (directory === null) return [...saes, 'model not installed'].join(' · ');
  const bytes = loaded === null ? null : loaded.privateBytes + loaded.mappedBytes;
  return [
    ...(isDefault ? ['default'] : []),
    bytes === null ? sizeText(weightBytes) : `loaded, ${sizeText(bytes)}`,
    ...saes,
    ...(source === 'folder' ? ['folder'] : []),
  ].join(' · ');
}

function saeItem(shelved: ShelfSae, health: SaeHealth | null): vscode.TreeItem {
  const { sae, model, installed } = shelved;
  const item = new vscode.TreeItem(sae.id, sae.info ? Collapsed : None);
  item.id = `sae:${sae.directory}`;
  item.description = describeSae(shelved, health);
  item.tooltip = saeTooltip(shelved, health);
  item.iconPath = saeIcon(shelved, health);
  item.contextValue = contextOf('sae', {
    [sae.isAttached ? 'attached' : 'detached']: true,
    installed: installed !== null,
    broken: installed !== null && sae.problem !== null,
    usable: sae.info !== null && model.directory !== null,
    checked: health !== null,
  });
  return item;
}

function describeSae({ sae }: ShelfSae, health: SaeHealth | null): string {
  const { info, problem, isAttached, directory } = sae;
  if (problem !== null || info === null) return shortProblem(problem ?? '', directory);
  return [
    ...(isAttached ? [] : ['not attached']),
    health === null ? `${info.d_sae.toLocaleString('en')} latents` : healthLine(health),
  ].join(' · ');
}

const GRADES = {
  good: ['pass', 'testing.iconPassed'],
  fair: ['info', 'list.warningForeground'],
  poor: ['warning', 'list.errorForeground'],
} as const;

function saeIcon({ sae }: ShelfSae, health: SaeHealth | null): vscode.ThemeIcon {
  if (sae.problem !== null)
    return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  if (!sae.isAttached)
    return new vscode.ThemeIcon('debug-disconnect', new vscode.ThemeColor('disabledForeground'));
  if (health === null) return new vscode.ThemeIcon('list-filter');
  const [icon, color] = GRADES[health.verdict.grade];
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
}

function factItem({ label, value, tooltip, outdated }: Fact, of: string): vscode.TreeItem {
  const item = new vscode.TreeItem(label, None);
  item.id = `fact:${of}:${label}:${outdated?.id ?? value}`;
  item.description = value;
  item.tooltip = tooltip ?? `${label}: ${value}`;
  item.contextValue = contextOf('fact', { outdated: outdated !== undefined });
  if (outdated)
    item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  return item;
}

function downloadItem(download: HubUnfinished, running: string | null): vscode.TreeItem {
  const { kind, id, title, bytes, totalBytes, isRunning, text } = download;
  const item = new vscode.TreeItem(kind === 'sae' ? id : title, None);
  item.id = `download:${id}`;
  const amount = totalBytes === 0 ? sizeText(bytes) : `${sizeText(bytes)} of ${sizeText(totalBytes)}`;
  const elsewhere = isRunning ? `${amount} · another window is at it` : `${amount} · paused`;
  item.description = running ?? elsewhere;
  item.tooltip = `${title} (${id}): not whole yet. What is here is kept; Resume goes on where it stopped.`;
  const isHere = running !== null;
  item.iconPath = new vscode.ThemeIcon(isHere || isRunning ? 'sync~spin' : 'debug-pause');
  item.contextValue = contextOf('download', {
    running: isHere,
    paused: !isHere && !isRunning,
    resumable: !isHere && !isRunning && text !== null,
  });
  return item;
}
