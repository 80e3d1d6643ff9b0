import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { VerifyReport } from '../../core/verify/report.ts';
import { withPercent } from '../session/percentProgress.ts';
import type { Engine } from '../session/session.ts';
import { setting } from '../settings.ts';
import type { VerifyReports } from './verifyReports.ts';

export interface VerifyContext {
  readonly engine: Engine;
  readonly reports: VerifyReports;
}

/**
 * Verifies a model and opens the report beside. `target`: its name or folder, or a row of the models view; nothing = a
 * person chooses. @returns the report; undefined when nothing was chosen
 */
export async function verifyModel(
  target: unknown,
  { engine, reports }: VerifyContext,
): Promise<VerifyReport | undefined> {
  const model = modelOf(target) ?? (await pickModel(engine));
  if (model === undefined) return undefined;
  const job = new AbortController();
  const report = await withPercent(
    `Verifying ${model.split(/[\\/]/).at(-1) ?? model}`,
    job,
    async (onProgress) => {
      const { modelId } = await engine.request('model/open', { model, saes: [] }, { signal: job.signal });
      return engine.request('verify/run', { modelId }, { signal: job.signal, onProgress });
    },
  );
  await reports.show(report);
  return report;
}

/** @throws request/invalid for something else than a model */
function modelOf(target: unknown): string | undefined {
  if (target === undefined || target === null) return undefined;
  if (typeof target === 'string') return target;
  const model = typeof target === 'object' && 'model' in target ? target.model : null;
  if (typeof model === 'object' && model !== null && 'ref' in model && typeof model.ref === 'string')
    return model.ref;
  throw new InterpError('request/invalid', 'This is not a model that can be verified.');
}

/** Without asking where there is only one. */
async function pickModel(engine: Engine): Promise<string | undefined> {
  const folder = setting('modelFolder');
  const listed = await engine.request('model/list', { folders: folder === '' ? [] : [folder] });
  const items = listed
    .filter(({ problem }) => problem === null)
    .map(({ name, directory, source, weightBytes }) => ({
      label: name,
      description: `${(weightBytes / 2 ** 20).toFixed(0)} MB`,
      detail: source === 'embedded' ? 'embedded' : directory,
      model: source === 'embedded' ? name : directory,
    }));
  const [only, other] = items;
  if (other === undefined) return only?.model;
  const title = 'Model to verify';
  return (await vscode.window.showQuickPick(items, { title }))?.model;
}
