import type { EngineRecords, EngineUnitReads } from '../../protocol/recordsContract.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { Models } from '../models.ts';
import { estimateScan } from './estimate.ts';
import type { FolderSettings } from './folders.ts';
import type { Indexes } from './indexes.ts';

type ScanHandlers = Handlers<Omit<EngineRecords, keyof EngineUnitReads>>;

/** Scans, and the indexes that they leave. */
export function scanJobs(k: {
  readonly models: Pick<Models, 'get'>;
  readonly folders: FolderSettings;
  readonly indexes: Indexes;
}): ScanHandlers {
  const { models, folders, indexes } = k;
  return {
    'folders/set': (given) => {
      folders.set(given);
      return null;
    },
    'index/list': ({ modelId }) => indexes.list(models.get(modelId)),
    'index/estimate': ({ modelId, ...what }) => estimateScan(models.get(modelId), what, indexes),
    'index/scan': ({ modelId, ...what }, job) => indexes.scan(models.get(modelId), what, job),
    'index/ready': ({ modelId }, job) => indexes.ready(models.get(modelId), job),
    'index/remove': async ({ modelId, indexId }) => {
      models.get(modelId);
      await indexes.remove(indexId);
      return null;
    },
  };
}
