import { join } from 'node:path';
import type { PublishedFound, PublishedQuery } from '../../protocol/publishedContract.ts';
import { openPack, type PackReader } from '../../runtime/explanations/pack.ts';
import { packFile, publishedFolder } from '../../runtime/explanations/publishedFolders.ts';
import { freeBytes } from '../../runtime/files/disk.ts';
import type { Hosts } from '../../runtime/hub/hosts.ts';
import { InterpError, isInterpError } from '../../core/errors.ts';
import type { ImportPlan, PlannedUnit, UnitWork } from './importPlan.ts';
import { placeOfUnit, type Ingest } from './ingest.ts';
import { exportFilesToFetch } from './lineFiles.ts';
import { unitsToFetch } from './unitFiles.ts';

/** Files whose size a host is asked for; the others are taken to be like them. */
const SAMPLES = 6;

export interface DescribePorts {
  readonly hosts: Pick<Hosts, 'probe'>;
  readonly storage: string;
  readonly signal: AbortSignal;
}

/** What is asked for of each file: a file that was read for something else is read again. */
export function selectionOf({ units, records }: PublishedQuery): string {
  return JSON.stringify([units.toSorted(), records]);
}

/** What a person is shown before anything is done. */
export async function describeImport(
  plan: ImportPlan,
  query: PublishedQuery,
  ports: DescribePorts,
): Promise<PublishedFound> {
  const { set, model, parts, work } = plan;
  const folder = publishedFolder(ports.storage, model, set.id);
  const { id, title, label, source, licence } = set;
  const notes = query.again ? [...set.notes, 'What is here of it is dropped first.'] : set.notes;
  // Where nothing is, everything is to be fetched.
  const here = query.again ? join(folder, 'none') : folder;
  return {
    ...{ id, title, label, source, licence, notes, model, parts },
    units: work.kind === 'units' ? work.count : null,
    ...(await sizesOf(plan, here, { query, ...ports })),
    isLocal: work.kind === 'local',
    freeBytes: await freeBytes(folder),
    folder,
  };
}

type Sizes = Pick<PublishedFound, 'files' | 'bytes' | 'isEstimate'>;

/** What is to be fetched: files that are not here, and their bytes. */
export async function sizesOf(
  { work, parts }: ImportPlan,
  folder: string,
  { query, hosts, signal }: Omit<DescribePorts, 'storage'> & { readonly query: PublishedQuery },
): Promise<Sizes> {
  switch (work.kind) {
    case 'local':
      return { files: work.files.length, bytes: sum(work.files), isEstimate: false };
    case 'exports': {
      const files = await exportFilesToFetch(work, folder, selectionOf(query));
      return { files: files.length, bytes: sum(files), isEstimate: false };
    }
    case 'units': {
      const { files, samples } = await missing(work, parts, { folder, records: query.records });
      const { usualBytes } = work;
      const sizes = usualBytes === null ? await sampleSizes(samples, hosts, signal) : [usualBytes];
      // Of what is left over from an import that was begun, none may ever have been published.
      const isFresh = files === work.count * parts.length;
      if (isFresh && sizes.length > 0 && sizes.every((size) => size === 'absent')) throw absent(samples);
      const known = meanBytes(sizes);
      return {
        files,
        bytes: known === null ? null : Math.round(known * files),
        isEstimate: files > samples.length,
      };
    }
  }
}

/** How many files are not here, and the addresses of some of them, from everywhere. */
async function missing(
  work: UnitWork,
  parts: ImportPlan['parts'],
  { folder, records }: { readonly folder: string; readonly records: boolean },
): Promise<{ files: number; samples: readonly string[] }> {
  const here = whatIsHere(folder, records);
  const step = Math.max(1, Math.floor((work.count * parts.length) / SAMPLES));
  const samples: string[] = [];
  let files = 0;
  for await (const { unit, parts: lacking } of unitsToFetch(work, parts, here)) {
    for (const part of lacking) {
      const address = firstOf(unit, part);
      if (address !== null && files % step === 0 && samples.length < SAMPLES) samples.push(address);
      files++;
    }
  }
  return { files, samples };
}

/** Looks only: another process may be importing. */
function whatIsHere(folder: string, keepsRecords: boolean): Pick<Ingest, 'has' | 'keepsRecords'> {
  const packs = new Map<string, Promise<PackReader | null>>();
  return {
    keepsRecords,
    has: async (unit, kind) => {
      const { family, index } = placeOfUnit(unit);
      const file = packFile(folder, family, kind);
      const pack = packs.get(file) ?? openPack(file);
      packs.set(file, pack);
      return (await pack)?.has(index) ?? false;
    },
  };
}

function firstOf({ addresses }: PlannedUnit, part: ImportPlan['parts'][number]): string | null {
  return addresses(part)[0] ?? null;
}

type Size = number | 'absent' | null;

/** Sizes of some files; null = the host does not tell. */
async function sampleSizes(
  samples: readonly string[],
  hosts: Pick<Hosts, 'probe'>,
  signal: AbortSignal,
): Promise<Size[]> {
  return Promise.all(
    samples.map(async (url) => {
      try {
        return (await hosts.probe(url, signal)).bytes;
      } catch (error) {
        if (isInterpError(error, 'hub/not-found')) return 'absent';
        throw error;
      }
    }),
  );
}

/** One that is not there counts 0. Null = none is told. */
function meanBytes(sizes: readonly Size[]): number | null {
  const told = sizes.filter((size) => size !== null).map((size) => (size === 'absent' ? 0 : size));
  return told.length === 0 ? null : told.reduce((total, size) => total + size, 0) / told.length;
}

function absent(samples: readonly string[]): InterpError {
  const [first = ''] = samples;
  const host = URL.canParse(first) ? new URL(first).host : first;
  const count =
    samples.length === 1 ? 'the file that is' : `any of ${samples.length} files of those that are`;
  return new InterpError('published/absent', `${host} does not have ${count} asked for, such as ${first}.`, {
    data: { host, count: samples.length },
  });
}

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
