import * as vscode from 'vscode';
import { isInterpError } from '../../core/errors.ts';
import type { Engine, Models, Sessions } from '../session/session.ts';
import type { HealthChecks, OpenSae } from './healthChecks.ts';

/** So long nothing was traced or selected: then nobody is kept waiting. */
const QUIET_MS = 2000;

const NOT_ITS_FAULT = ['cancelled', 'closed', 'engine/crashed', 'engine/hung', 'model/not-found'] as const;

interface LoadContext {
  readonly engine: Engine;
  readonly models: Models;
  readonly sessions: Sessions;
  readonly health: HealthChecks;
  readonly log: vscode.LogOutputChannel;
}

/**
 * Measures attached SAEs that nobody has measured yet, once, after a trace has run through their model: wherever they came
 * from. Whatever else is asked of the engine goes first; only a poor one is told.
 */
export function checkHealthAtLoad(context: LoadContext): vscode.Disposable {
  const { sessions, engine, models } = context;
  const tried = new Set<string>();
  const job = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  const run = async (): Promise<void> => {
    if (isRunning || job.signal.aborted) return;
    isRunning = true;
    const isThrough = await checkAll(context, tried, job.signal);
    isRunning = false;
    if (!isThrough) later();
  };
  const later = (): void => {
    clearTimeout(timer);
    if (!job.signal.aborted) timer = setTimeout(() => void run(), QUIET_MS);
  };
  return vscode.Disposable.from(
    sessions.onDidChange(({ state }) => state.state === 'ready' && later()),
    engine.onDidRestart(() => clearTimeout(timer)),
    models.onDidInstall(() => tried.clear()),
    {
      dispose: () => {
        job.abort();
        clearTimeout(timer);
      },
    },
  );
}

/** False when something else came in between: then there is more to do. */
async function checkAll(context: LoadContext, tried: Set<string>, signal: AbortSignal): Promise<boolean> {
  const { sessions, engine } = context;
  const traced = sessions
    .all()
    .flatMap(({ state }) => (state.state === 'ready' ? [state.view.model.modelId] : []));
  for (const modelId of new Set(traced)) {
    if (tried.has(modelId)) continue;
    try {
      for (const sae of await engine.requestAside('sae/unmeasured', { modelId }, { signal }))
        await checkOne(context, { modelId, sae }, { tried, signal });
      tried.add(modelId);
    } catch (error) {
      if (isInterpError(error, 'cancelled')) return signal.aborted;
      // The model was closed, or the engine ended: the next trace asks again.
      if (!isInterpError(error, 'model/not-found')) return true;
    }
  }
  return true;
}

/** One that cannot be measured is not tried again. @throws cancelled, closed, engine/* */
async function checkOne(
  { health, log }: LoadContext,
  { modelId, sae }: OpenSae,
  { tried, signal }: { readonly tried: Set<string>; readonly signal: AbortSignal },
): Promise<void> {
  const key = `${modelId}/${sae}`;
  if (tried.has(key)) return;
  try {
    const { verdict } = await health.checkAside({ modelId, sae }, signal);
    const said = verdict.words.join(' ');
    log.info(`health of ${sae}: ${verdict.grade}. ${said}`);
    if (verdict.grade === 'poor')
      void vscode.window.showWarningMessage(`The SAE ${sae} does poorly on a sample of text. ${said}`);
  } catch (error) {
    if (NOT_ITS_FAULT.some((code) => isInterpError(error, code))) throw error;
    log.warn(`health of ${sae}: ${String(error)}`);
  }
  tried.add(key);
}
