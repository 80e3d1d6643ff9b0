/**
 * A process that scans, to be killed in the middle: `scanWorker.ts MODEL STORAGE CORPUS CHECKPOINT_MS`. Prints a line
 * after every batch.
 */
import { DEFAULT_SCAN, type ScanOptions } from '../../src/core/records/records.ts';
import { openFolder, openIndexes, quietJob } from './openIndexes.ts';

/** Small windows, so that there are many batches. */
export const WORKER_SCAN: ScanOptions = { ...DEFAULT_SCAN, context: 48, top: 5, random: 4, perQuantile: 2 };

export async function scanFile(
  place: { readonly directory: string; readonly storage: string; readonly file: string },
  options: { readonly checkpointMs: number; readonly signal?: AbortSignal; onBatch?(): void },
): Promise<void> {
  const { onBatch = () => {}, checkpointMs, signal } = options;
  const model = await openFolder(place.directory);
  const corpus = { kind: 'files', paths: [place.file], field: 'text' } as const;
  const indexes = openIndexes(place.storage, { checkpointMs });
  try {
    const what = { corpus, families: [], options: WORKER_SCAN };
    await indexes.scan(model, what, { ...quietJob(signal), progress: onBatch });
  } finally {
    await model.release();
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , directory = '', storage = '', file = '', checkpointMs = ''] = process.argv;
  const onBatch = (): void => void process.stdout.write('batch\n');
  await scanFile({ directory, storage, file }, { checkpointMs: Number(checkpointMs), onBatch });
}
