import * as vscode from 'vscode';
import type { Average } from '../../core/analysis/measure/manyPrompts.ts';
import {
  AVERAGED_ROWS,
  averageTables,
  bothEnds,
  type PromptAverages,
  type PromptTable,
} from '../../core/analysis/measure/promptAverages.ts';
import { InterpError, toInterpError } from '../../core/errors.ts';
import { documentOf } from '../commands/traceCommand.ts';
import { plainMarkdown, short } from '../editor/format.ts';
import type { Engine, Models } from '../session/session.ts';
import { experimentOf } from './experimentOf.ts';

export interface ManyContext {
  readonly engine: Engine;
  readonly models: Models;
}

interface Failed {
  readonly uri: vscode.Uri;
  readonly why: string;
}

interface Debugged extends PromptTable {
  readonly uri: vscode.Uri;
  readonly unit: string;
}

const PROMPTS = '**/*.prompt';
/** More files than this are no set of experiments; the command line takes them all. */
const MAX_FILES = 200;
const SHOWN = 15;

/** The prompt files that a command of the explorer means: what is selected, folders with all that they hold. */
export async function promptFiles(target: unknown, selected: unknown): Promise<readonly vscode.Uri[] | null> {
  const all = Array.isArray(selected) && selected.length > 1 ? selected : [target];
  const uris = all.filter((each) => each instanceof vscode.Uri);
  const found = await Promise.all(uris.map(expand));
  const isOne = uris.length <= 1 && found.every(({ isFolder }) => !isFolder);
  return isOne ? null : found.flatMap(({ files }) => files).slice(0, MAX_FILES);
}

async function expand(uri: vscode.Uri): Promise<{ isFolder: boolean; files: readonly vscode.Uri[] }> {
  const stat = await vscode.workspace.fs.stat(uri).then(
    (read) => read,
    () => null,
  );
  if (!stat || !(stat.type & vscode.FileType.Directory)) return { isFolder: false, files: [uri] };
  const files = await vscode.workspace.findFiles(new vscode.RelativePattern(uri, PROMPTS), null, MAX_FILES);
  return { isFolder: true, files: files.toSorted((a, b) => a.path.localeCompare(b.path, 'en')) };
}

/**
 * Debugs prompts one by one and shows their averages with 95 % intervals as a page of Markdown, each prompt a link.
 * What was done when it is cancelled is shown. @throws file/not-found without prompts
 */
export async function debugManyPrompts(files: readonly vscode.Uri[], context: ManyContext): Promise<void> {
  if (files.length === 0) throw new InterpError('file/not-found', 'There are no *.prompt files here.');
  const done: Debugged[] = [];
  const failed: Failed[] = [];
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: `Debugging ${files.length} prompts`,
    cancellable: true,
  };
  await vscode.window.withProgress(options, async (progress, token) => {
    for (const uri of files) {
      if (token.isCancellationRequested) return;
      progress.report({ message: vscode.workspace.asRelativePath(uri), increment: 100 / files.length });
      try {
        done.push(await debugOne(uri, context));
      } catch (error) {
        failed.push({ uri, why: toInterpError(error).message });
      }
    }
  });
  const content = manyMarkdown(done, failed, { asked: files.length });
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document, { preview: true });
}

async function debugOne(uri: vscode.Uri, { engine, models }: ManyContext): Promise<Debugged> {
  const document = await documentOf(uri);
  const { modelId } = await models.openFor(document);
  const experiment = await experimentOf(document, {}, modelId);
  const { debugId, left, position } = await engine.request('debug/open', { experiment });
  try {
    const tableOptions = { k: AVERAGED_ROWS, saes: [], foldValueBiases: false, frozenScale: true };
    const table = await engine.request('debug/table', { debugId, step: null, options: tableOptions });
    const prompt = vscode.workspace.asRelativePath(uri);
    const last = left.tokens.length - 1;
    return { uri, prompt, rows: table.rows, value: table.left.value, unit: table.unit, last, position };
  } finally {
    engine.request('debug/close', { debugId }).catch(() => {});
  }
}

function manyMarkdown(
  done: readonly Debugged[],
  failed: readonly Failed[],
  { asked }: { readonly asked: number },
): string {
  const link = (uri: vscode.Uri): string =>
    `[${plainMarkdown(vscode.workspace.asRelativePath(uri))}](${uri.toString()})`;
  const lines = [`# ${done.length} of ${asked} prompts`, ''];
  if (done.length > 0) lines.push(...averageLines(averageTables(done), done[0]?.unit ?? ''));
  lines.push('## Prompts', '', '| prompt | value |', '|:--|--:|');
  for (const { uri, value } of done) lines.push(`| ${link(uri)} | ${signed(value)} |`);
  for (const { uri, why } of failed) lines.push(`| ${link(uri)} | ${plainMarkdown(why)} |`);
  return `${lines.join('\n')}\n`;
}

function averageLines({ value, columns }: PromptAverages, unit: string): string[] {
  const { mean, low, high } = value;
  const table = (title: string, rows: readonly Average[]): string[] => [
    `## ${title} (${unit}, mean over prompts)`,
    '',
    '| component | mean | 95 % interval | prompts |',
    '|:--|--:|:-:|--:|',
    ...bothEnds(rows, SHOWN).map(
      (row) => `| ${row.key} | ${signed(row.mean)} | ${interval(row)} | ${row.count} |`,
    ),
    '',
  ];
  return [
    `Mean ${signed(mean)} ${unit} ${interval({ low, high })}`,
    '',
    ...table('Direct effect', columns.directEffect),
    ...table('Estimated total effect', columns.estimatedTotalEffect),
  ];
}

function interval({ low, high }: Pick<Average, 'low' | 'high'>): string {
  return low === null || high === null ? '' : `[${short(low)}, ${short(high)}]`;
}

function signed(value: number): string {
  return value > 0 ? `+${short(value)}` : short(value);
}
