import { toInterpError } from '../core/errors.ts';
import type { Corpus, CorpusRef } from '../core/records/corpus.ts';
import type { EngineSae } from '../protocol/saeContract.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { keepHealth } from './healthFile.ts';
import { findSae } from './liveTrace.ts';
import type { Models } from './models.ts';
import type { FolderSettings } from './records/folders.ts';
import { measureHealth } from './saeHealth.ts';

interface SaeJobsOptions {
  readonly models: Pick<Models, 'get'>;
  readonly folders: FolderSettings;
  readonly openCorpus: (ref: CorpusRef) => Promise<Corpus>;
  /** Hears why a measurement could not be kept; it is told all the same. */
  readonly onWarning: (message: string) => void;
}

/** Measures SAEs, and keeps what was measured on the default sample for every window and the command line. */
export function saeJobs({ models, folders, openCorpus, onWarning }: SaeJobsOptions): Handlers<EngineSae> {
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
  };
}
