import { join, relative, resolve } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { DEFAULT_WORLD, type Corpus, type CorpusRef } from '../../core/records/corpus.ts';
import { DEFAULT_SCAN } from '../../core/records/records.ts';
import { unitSpace } from '../../core/records/units/unitModel.ts';
import type { IndexInfo } from '../../protocol/recordsContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { OpenModel } from '../openModel.ts';
import { createCorpusPrints } from './corpusPrints.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { FolderSettings } from './folders.ts';
import { removeIndex } from './indexFolders.ts';
import { nameOf, requestOf, type ScanWhat } from './indexRequest.ts';
import { createShelf, type CurrentIndex } from './indexShelf.ts';
import { runScan } from './runScan.ts';
import { scanModel, tokenIds } from './scanModel.ts';
import { createSharedJobs } from './sharedJobs.ts';
import type { IndexRequest } from './writeIndex.ts';

/** The indexes of the storage. */
export interface Indexes {
  list(model: OpenModel): Promise<readonly IndexInfo[]>;
  /** The newest fresh index, of those that cover the family if one is named. Null where there is none. */
  current(model: OpenModel, family?: string): Promise<CurrentIndex | null>;
  /** As `current`; for an embedded model the default index is made when there is none. */
  ready(model: OpenModel, job: JobContext): Promise<IndexInfo | null>;
  scan(model: OpenModel, what: ScanWhat, job: JobContext): Promise<IndexInfo>;
  /** The request as it would be stored, and the folder's name. */
  plan(
    model: OpenModel,
    what: ScanWhat,
  ): Promise<{ readonly request: IndexRequest; readonly name: string; readonly corpus: Corpus }>;
  remove(name: string): Promise<void>;
}

export interface IndexesOptions {
  readonly folders: FolderSettings;
  readonly fingerprints: Fingerprints;
  readonly embeddedFolder: string;
  /** Of an embedded model without an index. */
  readonly defaultCorpus?: CorpusRef;
  /** Of scans; see ScanTask. */
  readonly checkpointMs?: number;
  openCorpus(ref: CorpusRef): Promise<Corpus>;
}

export function createIndexes(options: IndexesOptions): Indexes {
  const { folders, fingerprints, embeddedFolder, openCorpus, checkpointMs } = options;
  const { defaultCorpus = DEFAULT_WORLD } = options;
  const running = createSharedJobs<IndexInfo>();
  const folder = (): string => folders.storage('indexes');
  const shelf = createShelf({ fingerprints, corpora: createCorpusPrints(openCorpus), folder });

  const plan: Indexes['plan'] = async (model, what) => {
    const corpus = await openCorpus(what.corpus);
    const request = await requestOf(model, what, { corpus, fingerprints });
    return { request, corpus, name: nameOf(model, request) };
  };
  const scan: Indexes['scan'] = async (model, what, job) => {
    const { request, corpus, name } = await plan(model, what);
    return running.run(name, job, async (shared) => {
      const space = unitSpace(model);
      const task = { folder: join(folder(), name), request, model: scanModel(model), space, corpus };
      try {
        await runScan({ ...task, tokenizer: tokenIds(model), checkpointMs }, shared);
      } finally {
        shelf.forget();
      }
      const made = (await shelf.list(model)).find(
        ({ indexId, state }) => indexId === name && state !== 'partial',
      );
      if (made) return made;
      throw new InterpError('index/malformed', `The index ${name} cannot be read after it was written.`);
    });
  };
  return {
    list: shelf.list,
    current: shelf.current,
    plan,
    scan,
    ready: async (model, job) => {
      const known = await shelf.current(model);
      if (known) return known.info;
      if (!isInside(embeddedFolder, model.info.directory)) return null;
      return scan(model, { corpus: defaultCorpus, families: [], options: DEFAULT_SCAN }, job);
    },
    remove: async (name) => {
      if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) {
        throw new InterpError('request/invalid', `"${name}" is not the name of an index.`);
      }
      await removeIndex(folder(), name);
      shelf.forget();
    },
  };
}

function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way !== '' && !way.startsWith('..') && resolve(folder, way) === resolve(path);
}
