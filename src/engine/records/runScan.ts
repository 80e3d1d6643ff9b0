import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cancelled, InterpError, throwIfCancelled } from '../../core/errors.ts';
import type { Corpus } from '../../core/records/corpus.ts';
import { Scan, type ScanModel } from '../../core/records/scan.ts';
import { parseFamily, type UnitSpace } from '../../core/records/family.ts';
import { START, windowBatches, windowsPerBatch } from '../../core/records/windows.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import { writeError } from '../../runtime/files/fileError.ts';
import { writeJson } from '../../runtime/files/jsonFile.ts';
import { restoreCheckpoint, writeCheckpoint, type ScanProgress } from './checkpoint.ts';
import { lockScan, type ScanLock } from './scanLock.ts';
import { CHECKPOINT_MS, createScanClock } from './scanClock.ts';
import { EMPTY_LOG, WindowLog } from './windowLog.ts';
import { writeIndex, type IndexRequest } from './writeIndex.ts';

export interface ScanTask {
  /** Where the index is to lie; what a paused scan left lies beside it. */
  readonly folder: string;
  readonly request: IndexRequest;
  readonly model: ScanModel;
  readonly space: UnitSpace;
  readonly corpus: Corpus;
  /** Time between checkpoints; 0 = one after every batch. */
  readonly checkpointMs?: number | undefined;
  readonly tokenizer: { readonly bosId: number | null; encode(text: string): readonly number[] };
}

/** Of a scan that is not done. */
export const PARTIAL = '.partial';
export const REQUEST_FILE = 'request.json';
/** A cancel lets the running batch end when it began so recently, so that nothing is lost. */
const SOON_MS = 250;

/**
 * Scans, or goes on where a scan of the same request stopped: by a cancel, or because its process ended. Then the index
 * is the same to the byte as that of a scan that was never stopped.
 * @throws cancelled, corpus/empty, index/busy
 */
export async function runScan(task: ScanTask, job: JobContext): Promise<void> {
  const partial = `${task.folder}${PARTIAL}`;
  await mkdir(partial, { recursive: true }).catch((error: unknown) => {
    throw writeError(partial, error);
  });
  const lock = await lockScan(join(partial, 'lock'));
  try {
    await writeJson(join(partial, REQUEST_FILE), task.request);
    await scanInto(partial, task, { job, lock });
    await rm(partial, { recursive: true, force: true });
  } finally {
    await lock.release();
  }
}

async function scanInto(
  partial: string,
  task: ScanTask,
  { job, lock }: { readonly job: JobContext; readonly lock: ScanLock },
): Promise<void> {
  const { model, request, corpus } = task;
  const { options } = request.key;
  const families = request.families.map((id) => parseFamily(id, task.space));
  const { scan, stored } = await restore(partial, () => new Scan(model, families, options));
  let progress = stored;
  const log = await WindowLog.open(partial, options.context, progress.log);
  const clock = createScanClock(corpus, options, progress, {
    checkpointMs: task.checkpointMs ?? CHECKPOINT_MS,
  });
  const store = async (): Promise<void> => {
    progress = { ...progress, log: await log.flush(), done: clock.done(progress) };
    await writeCheckpoint(partial, scan, progress);
    await lock.touch();
  };
  try {
    let bytes = progress.bytes;
    const cut = {
      ...task.tokenizer,
      context: options.context,
      maxTokens: options.maxTokens,
      batch: windowsPerBatch(options.context),
      onDocument: (number: number, { name, text }: { readonly name: string; readonly text: string }) => {
        log.addDocument(number, name);
        bytes += Buffer.byteLength(text);
      },
    };
    for await (const { windows, next } of windowBatches(corpus, cut, progress.place)) {
      if (job.signal.aborted) {
        await store();
        throw cancelled(job.signal.reason);
      }
      await scan.add(windows, patience(job.signal));
      for (const window of windows) log.addWindow(window);
      progress = { ...progress, place: next, bytes };
      await log.settle();
      job.progress(clock.report(progress));
      if (clock.checkpointDue()) await clock.timed(store);
    }
    if (progress.place.windows === 0) throw empty(corpus);
    await log.flush();
    try {
      await writeIndex(task.folder, { scan, log, request, place: progress.place }, job.signal);
    } catch (error) {
      // Storing all that is held takes as long as writing the index: only what was stopped needs it.
      await store();
      throw error;
    }
  } finally {
    await log.close();
  }
}

/** State that cannot be read is started over: it is only a saving of time. */
async function restore(
  partial: string,
  create: () => Scan,
): Promise<{ readonly scan: Scan; readonly stored: ScanProgress }> {
  const fresh: ScanProgress = { place: START, log: EMPTY_LOG, bytes: 0, done: null };
  const scan = create();
  try {
    const stored = await restoreCheckpoint(partial, scan);
    return { scan, stored: stored ?? fresh };
  } catch {
    return { scan: create(), stored: fresh };
  }
}

/** A cancel is heard between blocks only when the batch takes long. */
function patience(signal: AbortSignal): () => void {
  const began = performance.now();
  return () => {
    if (performance.now() - began > SOON_MS) throwIfCancelled(signal);
  };
}

function empty(corpus: Corpus): InterpError {
  return new InterpError('corpus/empty', `${corpus.title} holds no text.`);
}
