import { inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';
import { parseImported, type ImportedSource } from '../../core/explain/formats/importedExamples.ts';
import type { ScoredSequence } from '../../core/explain/explanation.ts';
import {
  bestFirst,
  byScore,
  parseWords,
  sayerOf,
  type PublishedEvidence,
  type PublishedWords,
} from '../../core/explain/formats/publishedPieces.ts';
import { sameFamilies } from '../../core/hub/published/sameSae.ts';
import { openPack, packStamp, type PackReader } from './pack.ts';
import { packFile, setFolders, type PackKind, type SetCard } from './publishedFolders.ts';

/** Words of one unit that somebody published. */
export interface SaidOfUnit extends Omit<PublishedWords, 'by'> {
  readonly by: string;
  readonly set: SetCard;
}

/** Windows of one unit that somebody published. */
export interface PublishedRecords {
  readonly set: SetCard;
  readonly groups: ImportedSource['groups'];
}

/** What was imported of what others published: one unit is found without reading the others. */
export interface Published {
  /** Of one unit of a family, the best of each set first. */
  words(model: string, family: string, index: number): Promise<SaidOfUnit[]>;
  /** Of all units of a family that have some, by their places. The same map until something is imported. */
  family(model: string, family: string): Promise<ReadonlyMap<number, readonly SaidOfUnit[]>>;
  records(model: string, family: string, index: number): Promise<PublishedRecords[]>;
  /** Windows behind the score of some words; null = they are not kept. */
  evidence(model: string, place: UnitPlace, words: string): Promise<readonly ScoredSequence[] | null>;
}

export interface UnitPlace {
  readonly family: string;
  readonly index: number;
}

/** Families whose words are kept in memory at once. */
const FAMILIES_KEPT = 4;
/** Indexes of packs that are kept: 24 bytes a unit and its place. */
const PACKS_KEPT = 64;
const MAX_INFLATED_BYTES = 256 * 2 ** 20;
const NOTHING: ReadonlyMap<number, readonly SaidOfUnit[]> = new Map();
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

interface FoundPack {
  readonly set: SetCard;
  readonly pack: PackReader;
  readonly file: string;
}

export function openPublished(storage: string): Published {
  const packsOf = openPacks(storage);
  const families = new Map<
    string,
    { readonly stamp: string; readonly words: ReadonlyMap<number, readonly SaidOfUnit[]> }
  >();
  return {
    words: async (model, family, index) => {
      const said: SaidOfUnit[] = [];
      for (const { set, pack, file } of await packsOf(model, family, 'words.jsonl')) {
        said.push(...saidOf(set, await pack.read(index), file));
      }
      return said.sort(byScore);
    },
    family: async (model, family) => {
      const found = await packsOf(model, family, 'words.jsonl');
      if (found.length === 0) return NOTHING;
      const stamp = JSON.stringify(found.map(({ pack, file, set }) => [file, pack.stamp, set.label]));
      const key = JSON.stringify([model, family]);
      const known = families.get(key);
      if (known?.stamp === stamp) return known.words;
      const words = await wordsOfFamily(found);
      remember(families, key, { stamp, words }, FAMILIES_KEPT);
      return words;
    },
    records: async (model, family, index) => {
      const all: PublishedRecords[] = [];
      for (const { set, pack, file } of await packsOf(model, family, 'records')) {
        const sources: ImportedSource[] = [];
        for (const piece of await pack.read(index)) sources.push(...(await readSources(piece, file)));
        if (sources.length > 0) all.push({ set, groups: mergeGroups(sources) });
      }
      return all;
    },
    evidence: async (model, { family, index }, words) => {
      for (const { pack } of await packsOf(model, family, 'evidence')) {
        for (const piece of (await pack.read(index)).toReversed()) {
          const own = (await readEvidence(piece)).find((each) => each.words === words);
          if (own) return own.sequences;
        }
      }
      return null;
    },
  };
}

/** Finds the packs of a family in every set of a model; their indexes are read once. */
function openPacks(storage: string): (model: string, family: string, kind: PackKind) => Promise<FoundPack[]> {
  const packs = new Map<string, PackReader>();
  const packAt = async (file: string): Promise<PackReader | null> => {
    const stamp = await packStamp(file);
    const known = packs.get(file);
    if (stamp === null || known?.stamp === stamp) return stamp === null ? null : (known ?? null);
    const opened = await openPack(file);
    if (opened) remember(packs, file, opened, PACKS_KEPT);
    return opened;
  };
  return async (model, family, kind) => {
    const found: FoundPack[] = [];
    for (const { card, folder } of await setFolders(storage, model)) {
      for (const name of sameFamilies(family)) {
        const file = packFile(folder, name, kind);
        const pack = await packAt(file);
        if (pack) found.push({ set: card, pack, file });
      }
    }
    return found;
  };
}

async function wordsOfFamily(found: readonly FoundPack[]): Promise<Map<number, readonly SaidOfUnit[]>> {
  const all = new Map<number, SaidOfUnit[]>();
  for (const { set, pack, file } of found) {
    const own = new Map<number, Buffer[]>();
    for await (const { unit, piece } of pack.all()) own.set(unit, [...(own.get(unit) ?? []), piece]);
    for (const [unit, pieces] of own) {
      all.set(unit, [...(all.get(unit) ?? []), ...saidOf(set, pieces, file)].sort(byScore));
    }
  }
  return all;
}

/** A line that cannot be read is left out: importing again mends it. */
function saidOf(set: SetCard, pieces: readonly Buffer[], file: string): SaidOfUnit[] {
  const words = pieces.flatMap((piece) => {
    try {
      return parseWords(piece.toString('utf8'), file);
    } catch {
      return [];
    }
  });
  return bestFirst(words).map((each) => ({ ...each, by: sayerOf(set.label, each.by), set }));
}

async function readSources(piece: Buffer, file: string): Promise<ImportedSource[]> {
  try {
    return parseImported(await readJson(piece), file);
  } catch {
    return [];
  }
}

/** Lists of one title are one; a window that came twice is one. */
function mergeGroups(sources: readonly ImportedSource[]): ImportedSource['groups'] {
  const groups = new Map<string, Map<string, ImportedSource['groups'][number]['records'][number]>>();
  for (const { title, records } of sources.flatMap((source) => source.groups)) {
    const group = groups.get(title) ?? new Map<string, (typeof records)[number]>();
    for (const record of records) group.set(JSON.stringify([record.tokens, record.activations]), record);
    groups.set(title, group);
  }
  return [...groups].map(([title, records]) => ({ title, records: [...records.values()] }));
}

async function readEvidence(piece: Buffer): Promise<readonly PublishedEvidence[]> {
  try {
    const json = await readJson(piece);
    return Array.isArray(json) ? (json as readonly PublishedEvidence[]) : [];
  } catch {
    return [];
  }
}

async function readJson(piece: Buffer): Promise<unknown> {
  return JSON.parse((await inflate(piece, { maxOutputLength: MAX_INFLATED_BYTES })).toString('utf8'));
}

/** The oldest goes when there are too many. */
function remember<T>(all: Map<string, T>, key: string, value: T, most: number): void {
  all.delete(key);
  all.set(key, value);
  for (const first of all.keys()) {
    if (all.size <= most) return;
    all.delete(first);
  }
}
