import { createHash } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import { InterpError } from '../../core/errors.ts';
import { DEFAULT_WORLD, type Corpus, type CorpusRef } from '../../core/records/corpus.ts';
import { allFamilies, familyId, parseFamily } from '../../core/records/family.ts';
import {
  DEFAULT_SCAN,
  type IndexKey,
  type RecordsIndex,
  type ScanOptions,
} from '../../core/records/records.ts';
import { SCAN_VERSION } from '../../core/records/version.ts';
import type { IndexInfo, ScanRequest } from '../../protocol/recordsContract.ts';
import type { JobContext } from '../../protocol/rpc.ts';
import type { OpenModel } from '../openModel.ts';
import { openDiskIndex } from './diskIndex.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { FolderSettings } from './folders.ts';
import { findIndexes, removeIndex, type FoundIndex } from './indexFolders.ts';
import { runScan } from './runScan.ts';
import { createSharedJobs } from './sharedJobs.ts';
import { scanModel, tokenIds, unitSpace } from './scanModel.ts';
import type { IndexRequest } from './writeIndex.ts';

/** An index and what lists say of it. */
export interface CurrentIndex {
  readonly info: IndexInfo;
  readonly index: RecordsIndex;
}

export type ScanWhat = Omit<ScanRequest, 'modelId'>;

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

/** What was found is believed for so long: pages ask many things at once. */
const BELIEVED_MS = 3000;
const NAME_LENGTH = 12;

export function createIndexes(options: IndexesOptions): Indexes {
  const { folders, fingerprints, embeddedFolder, openCorpus, checkpointMs } = options;
  const { defaultCorpus = DEFAULT_WORLD } = options;
  const running = createSharedJobs<IndexInfo>();
  const opened = new Map<string, { readonly written: number; readonly index: Promise<RecordsIndex> }>();
  let listed = new WeakMap<OpenModel, { readonly at: number; readonly found: Promise<Judged[]> }>();
  const forget = (): void => void (listed = new WeakMap());
  const folder = (): string => folders.storage('indexes');

  const judgeAll = async (model: OpenModel): Promise<Judged[]> => {
    const model_ = await fingerprints.model(model);
    const judged: Judged[] = [];
    for (const index of await findIndexes(folder())) {
      const { key, about } = index.state === 'whole' ? index.head : index.request;
      if (key.model !== model_ && about.directory !== resolve(model.info.directory)) continue;
      const reason = await staleReason(index, model, { model: model_, fingerprints, openCorpus });
      judged.push({ index, info: infoOf(index, reason) });
    }
    return judged;
  };
  const judge = (model: OpenModel): Promise<Judged[]> => {
    const known = listed.get(model);
    if (known && performance.now() - known.at < BELIEVED_MS) return known.found;
    const found = judgeAll(model);
    listed.set(model, { at: performance.now(), found });
    found.catch(() => listed.delete(model));
    return found;
  };
  const open = (index: FoundIndex & { readonly state: 'whole' }): Promise<RecordsIndex> => {
    const known = opened.get(index.folder);
    if (known && known.written === index.written) return known.index;
    const opening = openDiskIndex(index.folder, index.head);
    opened.set(index.folder, { written: index.written, index: opening });
    opening.catch(() => opened.delete(index.folder));
    return opening;
  };
  const current = async (model: OpenModel, family?: string): Promise<CurrentIndex | null> => {
    for (const { index, info } of await judge(model)) {
      const covers = family === undefined || info.families.includes(family);
      if (index.state !== 'whole' || info.state !== 'ready' || !covers) continue;
      return { info, index: await open(index) };
    }
    return null;
  };
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
        forget();
      }
      const made = (await judge(model)).find(({ info }) => info.indexId === name && info.state !== 'partial');
      if (made) return made.info;
      throw new InterpError('index/malformed', `The index ${name} cannot be read after it was written.`);
    });
  };
  return {
    list: async (model) => {
      listed.delete(model);
      return (await judge(model)).map(({ info }) => info);
    },
    current,
    plan,
    scan,
    ready: async (model, job) => {
      const known = await current(model);
      if (known) return known.info;
      if (!isInside(embeddedFolder, model.info.directory)) return null;
      return scan(model, { corpus: defaultCorpus, families: [], options: DEFAULT_SCAN }, job);
    },
    remove: async (name) => {
      if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) {
        throw new InterpError('request/invalid', `"${name}" is not the name of an index.`);
      }
      await removeIndex(folder(), name);
      forget();
      opened.delete(join(folder(), name));
    },
  };
}

interface Judged {
  readonly index: FoundIndex;
  readonly info: IndexInfo;
}

function infoOf(index: FoundIndex, reason: string | null): IndexInfo {
  const { key, title, families } = index.state === 'whole' ? index.head : index.request;
  const { windows, tokens } = index.state === 'whole' ? index.head : index;
  return {
    indexId: index.name,
    corpus: title,
    families,
    windows,
    tokens,
    options: key.options,
    bytes: index.bytes,
    state: reason !== null ? 'stale' : index.state === 'whole' ? 'ready' : 'partial',
    reason,
    done: index.state === 'whole' ? 1 : index.done,
  };
}

async function requestOf(
  model: OpenModel,
  { corpus: ref, families, options }: ScanWhat,
  { corpus, fingerprints }: { readonly corpus: Corpus; readonly fingerprints: Fingerprints },
): Promise<IndexRequest> {
  const space = unitSpace(model);
  const asked = families.length > 0 ? families.map((id) => parseFamily(id, space)) : allFamilies(space);
  const wanted = new Set(asked.map(familyId));
  const inOrder = allFamilies(space).filter((family) => wanted.has(familyId(family)));
  const saes: Record<string, string> = {};
  for (const family of inOrder) {
    const sae = family.kind === 'latents' ? model.saes.get(family.sae) : undefined;
    if (sae) saes[sae.id] = await fingerprints.sae(sae);
  }
  const key: IndexKey = {
    version: SCAN_VERSION,
    model: await fingerprints.model(model),
    saes,
    corpus: await corpus.fingerprint(),
    options: checkOptions(options, model),
  };
  const about = { model: model.info.name, directory: resolve(model.info.directory) };
  return { key, corpus: ref, title: corpus.title, families: inOrder.map(familyId), about };
}

/** @throws request/invalid */
function checkOptions(options: ScanOptions, model: OpenModel): ScanOptions {
  const { context, top, random, quantiles, perQuantile, seed, maxTokens } = options;
  const whole = (value: number, low: number, high: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high;
  const good =
    whole(context, 2, model.info.n_ctx) &&
    [top, random, quantiles, perQuantile].every((value) => whole(value, 0, 1000)) &&
    Number.isInteger(seed) &&
    (maxTokens === null || whole(maxTokens, 2, Number.MAX_SAFE_INTEGER));
  if (good) return { context, top, random, quantiles, perQuantile, seed, maxTokens };
  throw new InterpError(
    'request/invalid',
    `Windows have 2 to ${model.info.n_ctx} tokens here, and records are counted by whole numbers up to 1000.`,
    { data: { context, n_ctx: model.info.n_ctx } },
  );
}

function nameOf(model: OpenModel, request: IndexRequest): string {
  const identity = JSON.stringify([request.key, request.families]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, NAME_LENGTH);
  return `${model.info.name.replaceAll(/[^\w-]+/g, '-')}-${hash}`;
}

/** What of an index' key is not so any more; null = it is fresh. */
async function staleReason(
  index: FoundIndex,
  model: OpenModel,
  k: {
    readonly model: string;
    readonly fingerprints: Fingerprints;
    openCorpus(ref: CorpusRef): Promise<Corpus>;
  },
): Promise<string | null> {
  const { key, corpus: ref } = index.state === 'whole' ? index.head : index.request;
  if (key.version !== SCAN_VERSION) return 'It was made by another version of Underglass.';
  if (key.model !== k.model) return 'The model has other weights, configuration or tokenizer now.';
  for (const [id, fingerprint] of Object.entries(key.saes)) {
    const sae = model.saes.get(id);
    if (sae && (await k.fingerprints.sae(sae)) !== fingerprint) return `SAE ${id} is another one now.`;
  }
  try {
    const corpus = await k.openCorpus(ref);
    if ((await corpus.fingerprint()) !== key.corpus) return 'The text of its corpus changed.';
  } catch (error) {
    return `Its corpus cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return null;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way !== '' && !way.startsWith('..') && resolve(folder, way) === resolve(path);
}
