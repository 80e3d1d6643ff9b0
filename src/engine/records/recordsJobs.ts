import type { EngineRecords } from '../../protocol/recordsContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { Models } from '../models.ts';
import type { FolderSettings } from './folders.ts';
import type { Indexes } from './indexes.ts';
import { scanJobs } from './scanJobs.ts';
import { unitReadJobs, type UnitReadSources } from './unitReads.ts';
import type { UnitWords } from './unitWords.ts';

/** Scans, indexes and what unit pages read of them. */
export function recordsJobs(k: {
  readonly models: Pick<Models, 'get'>;
  readonly folders: FolderSettings;
  readonly indexes: Indexes;
  readonly words: UnitWords;
  /** Examples that other tools collected. */
  readonly imported: NonNullable<UnitReadSources['imported']>;
}): Handlers<EngineRecords> {
  return {
    ...scanJobs(k),
    ...unitReadJobs({
      models: k.models,
      words: k.words,
      imported: k.imported,
      current: (model, family) => k.indexes.current(model, family),
    }),
  };
}
