import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { EngineExplain, ManyExplained } from '../../protocol/explainContract.ts';
import type { RunningExplanations } from '../../protocol/reportViewContract.ts';
import { withPercent } from '../session/percentProgress.ts';
import type { Engine } from '../session/session.ts';
import type { Library } from './library.ts';

/** Explaining many units: one run at a time, seen by every page, cancelled from any. What was done stays. */
export interface ExplainRuns extends vscode.Disposable {
  readonly running: RunningExplanations | null;
  readonly onDidChange: vscode.Event<void>;
  run(request: EngineExplain['explain/many']['params'], title: string): Promise<ManyExplained>;
  cancel(): void;
}

export function createExplainRuns(engine: Engine, library: Library): ExplainRuns {
  const emitter = new vscode.EventEmitter<void>();
  let running: RunningExplanations | null = null;
  let job: AbortController | null = null;
  const set = (state: RunningExplanations | null): void => {
    running = state;
    emitter.fire();
  };
  return {
    get running() {
      return running;
    },
    onDidChange: emitter.event,
    run: async (request, title) => {
      if (job)
        throw new InterpError('request/invalid', 'Units are being explained already; cancel that run first.');
      const own = new AbortController();
      job = own;
      set({ done: 0, total: 0, message: 'Starting' });
      try {
        return await withPercent(title, own, (tell) =>
          engine.request('explain/many', request, {
            signal: own.signal,
            onProgress: (progress) => {
              tell(progress);
              set(progress);
            },
          }),
        );
      } finally {
        job = null;
        set(null);
        library.didExplain(null);
      }
    },
    cancel: () => job?.abort(),
    dispose: () => {
      job?.abort();
      emitter.dispose();
    },
  };
}
