import { resolve } from 'node:path';
import type { RecordsIndex } from '../../core/records/records.ts';
import type { IndexInfo } from '../../protocol/recordsContract.ts';
import type { OpenModel } from '../openModel.ts';
import type { CorpusPrints } from './corpusPrints.ts';
import { openDiskIndex } from './diskIndex.ts';
import type { Fingerprints } from './fingerprints.ts';
import { findIndexes, type FoundIndex } from './indexFolders.ts';
import { infoOf, staleReason } from './judgeIndex.ts';

/** An index and what lists say of it. */
export interface CurrentIndex {
  readonly info: IndexInfo;
  readonly index: RecordsIndex;
}

/** What lies in the storage, looked at and opened when it is asked for. */
export interface IndexShelf {
  /** Of one model, newest first: by its contents, or made of its folder. */
  list(model: OpenModel): Promise<readonly IndexInfo[]>;
  /** The newest fresh one, of those that cover the family if one is named. */
  current(model: OpenModel, family?: string): Promise<CurrentIndex | null>;
  /** After something was written or removed. */
  forget(): void;
}

interface Judged {
  readonly index: FoundIndex;
  readonly info: IndexInfo;
}

/** What was found is believed for so long: pages ask many things at once. */
const BELIEVED_MS = 3000;

export function createShelf(k: {
  readonly fingerprints: Fingerprints;
  readonly corpora: CorpusPrints;
  folder(): string;
}): IndexShelf {
  const opened = new Map<string, { readonly written: number; readonly index: Promise<RecordsIndex> }>();
  let judged = new WeakMap<OpenModel, { readonly at: number; readonly found: Promise<Judged[]> }>();

  const judge = (model: OpenModel): Promise<Judged[]> => {
    const known = judged.get(model);
    if (known && performance.now() - known.at < BELIEVED_MS) return known.found;
    const found = judgeAll(model, k);
    judged.set(model, { at: performance.now(), found });
    found.catch(() => judged.delete(model));
    return found;
  };
  const open = (index: FoundIndex & { readonly state: 'whole' }): Promise<RecordsIndex> => {
    const known = opened.get(index.folder);
    if (known?.written === index.written) return known.index;
    const opening = openDiskIndex(index.folder, index.head);
    opened.set(index.folder, { written: index.written, index: opening });
    opening.catch(() => opened.delete(index.folder));
    return opening;
  };
  return {
    list: async (model) => {
      judged.delete(model);
      return (await judge(model)).map(({ info }) => info);
    },
    current: async (model, family) => {
      for (const { index, info } of await judge(model)) {
        const covers = family === undefined || info.families.includes(family);
        if (index.state === 'whole' && info.state === 'ready' && covers) {
          return { info, index: await open(index) };
        }
      }
      return null;
    },
    forget: () => {
      judged = new WeakMap();
      opened.clear();
    },
  };
}

async function judgeAll(
  model: OpenModel,
  k: { readonly fingerprints: Fingerprints; readonly corpora: CorpusPrints; folder(): string },
): Promise<Judged[]> {
  const print = await k.fingerprints.model(model);
  const directory = resolve(model.info.directory);
  const judged: Judged[] = [];
  for (const index of await findIndexes(k.folder())) {
    const { key, about } = index.state === 'whole' ? index.head : index.request;
    if (key.model !== print && about.directory !== directory) continue;
    judged.push({ index, info: infoOf(index, await staleReason(index, model, { ...k, model: print })) });
  }
  return judged;
}
