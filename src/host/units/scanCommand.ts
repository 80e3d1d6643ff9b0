import * as vscode from 'vscode';
import { allFamilies, familyId } from '../../core/records/family.ts';
import { DEFAULT_WORLD, type CorpusRef } from '../../core/records/corpus.ts';
import type { ModelInfo } from '../../protocol/engineContract.ts';
import type { IndexInfo, ScanEstimate, ScanRequest } from '../../protocol/recordsContract.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import { setting } from '../settings.ts';
import type { UnitServices } from './unitSession.ts';

/** What a button of a page knows already; undefined: a person is asked for it, and the model is the browsed one. */
export interface AskedFamily {
  readonly family: unknown;
  readonly model: unknown;
}

/** Asks which text and which units, says what it will take, and scans. */
export async function scanCorpus(asked: AskedFamily, services: UnitServices): Promise<void> {
  const { family } = asked;
  const model = await services.browsed.openFor(asked.model);
  const corpus = await pickCorpus(model.name);
  if (!corpus) return;
  const families = await pickFamilies(model, typeof family === 'string' ? family : null);
  if (!families) return;
  const request: ScanRequest = { modelId: model.modelId, corpus, families, options: DEFAULT_SCAN };
  const estimate = await services.engine.request('index/estimate', request);
  if (!(await confirmScan(estimate))) return;
  const info = await scanOrPause(() => services.library.scan(request, `Scanning with ${model.name}`));
  if (!info) return;
  const text = `Scanned ${info.tokens.toLocaleString('en')} tokens: ${info.families.length} families are indexed.`;
  const show = 'Open Feature Browser';
  const answer = await vscode.window.showInformationMessage(`${text}${leftOut(info)}`, show);
  if (answer === show) await vscode.commands.executeCommand('underglass.browser.focus');
}

/** Null: it was left paused; the same choices go on where it stopped. */
async function scanOrPause(scan: () => Promise<IndexInfo | null>): Promise<IndexInfo | null> {
  const goOn = 'Go On';
  for (;;) {
    const info = await scan();
    if (info) return info;
    const text = 'The scan is paused. "Underglass: Scan Corpus" goes on later, too.';
    if ((await vscode.window.showInformationMessage(text, goOn)) !== goOn) return null;
  }
}

/** Files that a message names; the others are counted. */
const NAMED = 3;

function leftOut({ skipped }: Pick<IndexInfo, 'skipped'>): string {
  if (skipped.length === 0) return '';
  const names = skipped.slice(0, NAMED).map(({ name }) => name);
  const rest = skipped.length - names.length;
  const list = `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return ` Left out, for they hold no text in "${setting('scan.textField')}": ${list}.`;
}

async function pickCorpus(model: string): Promise<CorpusRef | undefined> {
  const folders = vscode.workspace.workspaceFolders?.filter(({ uri }) => uri.scheme === 'file') ?? [];
  const files = (paths: readonly string[]): CorpusRef => ({
    kind: 'files',
    paths,
    field: setting('scan.textField'),
  });
  const items = [
    {
      label: '$(beaker) The embedded corpus',
      detail: 'Held-out text of the generator that underglass-tiny was trained with; every token is labelled',
      choose: async (): Promise<CorpusRef | undefined> => DEFAULT_WORLD,
    },
    ...folders.map(({ name, uri }) => ({
      label: `$(folder) ${name}`,
      detail: 'Every .txt, .md, .prompt, .jsonl and .parquet file of the workspace folder',
      choose: async (): Promise<CorpusRef | undefined> => files([uri.fsPath]),
    })),
    {
      label: '$(files) Choose files or folders…',
      detail: '.txt, .md, .prompt, .jsonl, .parquet',
      choose: async (): Promise<CorpusRef | undefined> => {
        const options = {
          canSelectFiles: true,
          canSelectFolders: true,
          canSelectMany: true,
          openLabel: 'Scan',
        };
        const chosen = await vscode.window.showOpenDialog(options);
        return chosen && files(chosen.map(({ fsPath }) => fsPath));
      },
    },
  ];
  const options = { title: `Text to scan with ${model} (1/2)`, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options))?.choose();
}

/** Undefined: cancelled. Empty = all. */
export async function pickFamilies(
  model: ModelInfo,
  asked: string | null,
  title = 'Units to record (2/2)',
): Promise<readonly string[] | undefined> {
  const items = allFamilies(model).map((family) => {
    const id = familyId(family);
    const kinds = { neurons: 'MLP neurons', heads: 'attention heads by token pair', latents: 'SAE latents' };
    return { label: id, description: kinds[family.kind], picked: asked === null || asked === id };
  });
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  if (!picked || picked.length === 0) return undefined;
  return picked.length === items.length ? [] : picked.map(({ label }) => label);
}

async function confirmScan(estimate: ScanEstimate): Promise<boolean> {
  const tokens =
    estimate.tokens === null ? 'length not known' : `${estimate.tokens.toLocaleString('en')} tokens`;
  const time = estimate.seconds === null ? '' : `, about ${duration(estimate.seconds)}`;
  const detail = `${tokens}${time}, ${megabytes(estimate.memoryBytes)} of memory, ${megabytes(estimate.diskBytes)} on disk`;
  const label = estimate.resumes ? '$(debug-continue) Go on with the paused scan' : '$(play) Scan';
  const items = [{ label, detail }];
  const placeHolder = 'Enter begins; it can be paused at any time';
  const options = { title: 'Ready to scan', placeHolder, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(items, options)) !== undefined;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function megabytes(bytes: number): string {
  const size = bytes / 2 ** 20;
  return size < 1024 ? `${Math.max(1, Math.round(size))} MB` : `${(size / 1024).toFixed(1)} GB`;
}
