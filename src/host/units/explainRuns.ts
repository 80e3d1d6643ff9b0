import * as vscode from 'vscode';
import { InterpError } from '../../core/errors.ts';
import type { EngineExplain, ManyExplained } from '../../protocol/explainContract.ts';
import type { RunningExplanations } from '../../protocol/reportViewContract.ts';
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
      const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
      try {
        return await vscode.window.withProgress(options, (progress, token) => {
          token.onCancellationRequested(() => own.abort());
          let shown = 0;
          const onProgress = ({
            done,
            total,
            message,
          }: {
            done: number;
            total: number;
            message: string;
          }): void => {
            const share = total > 0 ? (100 * done) / total : 0;
            progress.report({ message, increment: Math.max(0, share - shown) });
            shown = Math.max(shown, share);
            set({ done, total, message });
          };
          return engine.request('explain/many', request, { signal: own.signal, onProgress });
        });
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
