import * as vscode from 'vscode';
import { InterpError, isInterpError } from '../../core/errors.ts';
import type { ExplanationRecord } from '../../core/explain/explanation.ts';
import type { ModelInfo, Progress } from '../../protocol/engineContract.ts';
import type { IndexInfo, ScanRequest } from '../../protocol/recordsContract.ts';
import { withPercent } from '../session/percentProgress.ts';
import type { Engine } from '../session/session.ts';

/** What unit pages and the feature browser share: the index of each model, and scans that are under way. */
export interface Library extends vscode.Disposable {
  /** The index that reads use; the embedded model's own is made on first use. Null: a person must scan first. */
  index(model: ModelInfo): Promise<IndexInfo | null>;
  /** Scans with progress and Cancel (which pauses). One scan at a time. */
  scan(request: ScanRequest, title: string): Promise<IndexInfo | null>;
  /** Pauses what reads a corpus now: a scan, or the making of the embedded model's first index. */
  pause(): void;
  /** How far the first index of the embedded model is; null = none is being made. */
  readonly making: Progress | null;
  /** `making` is another percent. */
  readonly onDidMake: vscode.Event<void>;
  /** Another index. */
  readonly onDidChange: vscode.Event<void>;
  /** An explanation was made, scored or removed; null = any of the model's. */
  readonly onDidExplain: vscode.Event<ExplanationRecord | null>;
  didChange(): void;
  didExplain(record: ExplanationRecord | null): void;
}

export function createLibrary(engine: Engine, log: vscode.LogOutputChannel): Library {
  const emitter = new vscode.EventEmitter<void>();
  const explained = new vscode.EventEmitter<ExplanationRecord | null>();
  const known = new Map<string, Promise<IndexInfo | null>>();
  let running: AbortController | null = null;
  const first = createFirstIndex(engine);

  const forget = (): void => {
    known.clear();
    emitter.fire();
  };
  const subscriptions = [
    emitter,
    explained,
    first,
    engine.onDidRestart(() => known.clear()),
    engine.on('explain/didRecord', ({ record }) => explained.fire(record)),
  ];

  return {
    onDidChange: emitter.event,
    onDidExplain: explained.event,
    didChange: forget,
    didExplain: (record) => explained.fire(record),
    index: (model) => {
      const before = known.get(model.modelId);
      if (before) return before;
      const asked = first.make(model.modelId);
      known.set(model.modelId, asked);
      asked.catch(() => known.delete(model.modelId));
      return asked;
    },
    scan: async (request, title) => {
      if (running)
        throw new InterpError('request/invalid', 'A scan is under way; pause it before you start another.');
      const job = new AbortController();
      running = job;
      try {
        return await runScan(engine, request, { title, job, log });
      } finally {
        running = null;
        forget();
      }
    },
    pause: () => (running ?? first).abort(),
    get making() {
      return first.making;
    },
    onDidMake: first.onDidMake,
    dispose: () => {
      running?.abort();
      first.abort();
      vscode.Disposable.from(...subscriptions).dispose();
    },
  };
}

interface FirstIndex extends vscode.Disposable {
  /** The index that is there, or a new one of the embedded corpus; null = there is none, or it was paused. */
  make(modelId: string): Promise<IndexInfo | null>;
  abort(): void;
  readonly making: Progress | null;
  readonly onDidMake: vscode.Event<void>;
}

function createFirstIndex(engine: Engine): FirstIndex {
  const emitter = new vscode.EventEmitter<void>();
  let job: AbortController | null = null;
  let making: Progress | null = null;
  const tell = (progress: Progress | null): void => {
    const before = making;
    making = progress;
    if (percentOf(before) !== percentOf(progress)) emitter.fire();
  };
  return {
    get making() {
      return making;
    },
    onDidMake: emitter.event,
    abort: () => job?.abort(),
    make: async (modelId) => {
      const own = new AbortController();
      job = own;
      try {
        return await engine.request('index/ready', { modelId }, { signal: own.signal, onProgress: tell });
      } catch (error) {
        if (own.signal.aborted && isInterpError(error, 'cancelled')) return null;
        throw error;
      } finally {
        if (job === own) job = null;
        tell(null);
      }
    },
    dispose: () => emitter.dispose(),
  };
}

function percentOf(progress: Progress | null): number | null {
  return progress && (progress.total > 0 ? Math.floor((100 * progress.done) / progress.total) : 0);
}

/** Null: it was paused. */
async function runScan(
  engine: Engine,
  request: ScanRequest,
  how: { readonly title: string; readonly job: AbortController; readonly log: vscode.LogOutputChannel },
): Promise<IndexInfo | null> {
  const { title, job, log } = how;
  try {
    return await withPercent(title, job, (onProgress) =>
      engine.request('index/scan', request, { signal: job.signal, onProgress }),
    );
  } catch (error) {
    if (!isInterpError(error, 'cancelled')) throw error;
    log.info(`scan paused: ${title}`);
    return null;
  }
}
