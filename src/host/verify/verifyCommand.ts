import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import { sizeText } from '../../core/hub/amounts.ts';
import type { VerifyReport } from '../../core/verify/report.ts';
import { readShelf } from '../hub/shelf.ts';
import { withPercent } from '../session/percentProgress.ts';
import type { Engine } from '../session/session.ts';
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
  const { models } = await readShelf(engine);
  const items = models
    .filter(({ directory, problem }) => directory !== null && problem === null)
    .map(({ ref, name, source, directory, weightBytes }) => ({
      label: name,
      description: sizeText(weightBytes),
      detail: source === 'embedded' ? 'embedded' : (directory ?? ''),
      model: ref,
    }));
  const [only, other] = items;
  if (other === undefined) return only?.model;
  const title = 'Model to verify';
  return (await vscode.window.showQuickPick(items, { title }))?.model;
}
