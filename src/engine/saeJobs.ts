import { dirname } from 'node:path';
import { toInterpError } from '../core/errors.ts';
import type { Corpus, CorpusRef } from '../core/records/corpus.ts';
import type { EngineSae } from '../protocol/saeContract.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { keepHealth, readHealth } from './healthFile.ts';
import { findSae } from './liveTrace.ts';
import type { Models } from './models.ts';
import type { FolderSettings } from './records/folders.ts';
import { measureHealth } from './saeHealth.ts';

interface SaeJobsOptions {
  readonly models: Pick<Models, 'get'>;
  readonly folders: FolderSettings;
  /** Folder of the embedded models: what lies there was measured when it was made. */
  readonly embedded: string;
  readonly openCorpus: (ref: CorpusRef) => Promise<Corpus>;
  /** Hears why a measurement could not be kept; it is told all the same. */
  readonly onWarning: (message: string) => void;
}

/** Measures SAEs, and keeps what was measured on the default sample for every window and the command line. */
export function saeJobs({
  models,
  folders,
  embedded,
  openCorpus,
  onWarning,
}: SaeJobsOptions): Handlers<EngineSae> {
  return {
    'sae/health': async ({ modelId, ...asked }, job) => {
      const model = models.get(modelId);
      const health = await measureHealth(model, asked, { openCorpus, job });
      if (!folders.isSet || asked.corpus !== null) return health;
      const { directory } = findSae(model, asked.sae);
      await keepHealth(folders.storage(), directory, health).catch((error: unknown) =>
        onWarning(toInterpError(error).message),
      );
      return health;
    },
    'sae/unmeasured': async ({ modelId }) => {
      const { directory, saes } = models.get(modelId).info;
      if (!folders.isSet || dirname(directory) === embedded) return [];
      const known = await readHealth(folders.storage());
      return saes.filter((sae) => !known.has(sae.directory)).map(({ id }) => id);
    },
  };
}
