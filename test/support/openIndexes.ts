import { join } from 'node:path';
import { createFingerprints } from '../../src/engine/records/fingerprints.ts';
import { createFolders } from '../../src/engine/records/folders.ts';
import { createIndexes, type Indexes, type IndexesOptions } from '../../src/engine/records/indexes.ts';
import { openModel, type OpenModel } from '../../src/engine/openModel.ts';
import type { JobContext } from '../../src/protocol/rpc.ts';
import { openCorpus } from '../../src/runtime/corpus/openCorpus.ts';
import { ortSessions } from '../../src/runtime/ort/ortSessions.ts';
import { TEST_THREADS } from './openRunner.ts';

/** The indexes of a storage folder, as the engine makes them. */
export function openIndexes(
  storage: string,
  options: Partial<Pick<IndexesOptions, 'embeddedFolder' | 'checkpointMs' | 'defaultCorpus'>> = {},
): Indexes {
  const { embeddedFolder = join(storage, 'no-models'), ...rest } = options;
  const folders = createFolders();
  folders.set({ storage, workspace: null });
  const fingerprints = createFingerprints(() => folders.storage('fingerprints.json'));
  return createIndexes({ folders, fingerprints, embeddedFolder, openCorpus, ...rest });
}

/** A model folder with its SAEs, as the engine opens it. */
export function openFolder(directory: string, saes: readonly string[] = []): Promise<OpenModel> {
  return openModel(directory, { model: directory, saes }, ortSessions({ threads: TEST_THREADS }));
}

/** A job that nobody cancels unless a signal is given. */
export function quietJob(signal: AbortSignal = new AbortController().signal): JobContext {
  return { signal, progress: () => {} };
}
